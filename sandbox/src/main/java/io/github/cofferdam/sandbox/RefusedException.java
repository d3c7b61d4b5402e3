package io.github.cofferdam.sandbox;

/**
 * The policy does not let this command run: a rule matched, this host cannot give what the policy
 * requires, or the audit log cannot be written.
 */
public final class RefusedException extends SandboxException {
  private static final long serialVersionUID = 1;

  RefusedException(String message) {
    super(message);
  }

  RefusedException(Throwable cause) {
    super(text(cause), cause);
  }

  RefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
