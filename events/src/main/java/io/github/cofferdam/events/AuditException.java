package io.github.cofferdam.events;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The audit log cannot be opened, or an event cannot be written to it. */
public final class AuditException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  AuditException(String message) {
    super(message);
  }

  AuditException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
