package io.github.cofferdam.sandbox;

import io.github.cofferdam.confinement.Refusal;
import io.github.cofferdam.documents.Text;

/**
 * The policy does not let this command run: a rule matched, this host cannot give what the policy
 * requires, or the audit log cannot be written.
 */
public final class RefusedException extends SandboxException {
  private static final long serialVersionUID = 1;

  RefusedException(String message) {
    super(message);
  }

  /** What cannot be carried out: the same words, and the same cause. */
  RefusedException(Refusal refusal) {
    super(Text.of(refusal), refusal.getCause());
  }

  RefusedException(Throwable cause) {
    super(Text.of(cause), cause);
  }

  RefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
