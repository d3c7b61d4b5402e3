package io.github.cofferdam.confinement;

import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.io.Serial;

/** A policy cannot be carried out on this host, or not for these paths; nothing was started. */
public final class Refusal extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  Refusal(String reason) {
    super(reason);
  }

  Refusal(Throwable cause) {
    super(Text.of(cause), cause);
  }

  Refusal(String reason, Throwable cause) {
    super(reason, cause);
  }
}
