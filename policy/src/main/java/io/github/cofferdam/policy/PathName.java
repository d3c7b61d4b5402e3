package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import java.io.ByteArrayOutputStream;

/**
 * One name of a path in a policy: bytes, and in deny lists wildcards. Names are matched byte by
 * byte, as the kernel compares them; only {@code ?} knows of UTF-8.
 */
public final class PathName {
  /** Any bytes, also none, and also a dot at the beginning. */
  static final int ANY = 256;

  /** One character of UTF-8, or one byte that belongs to none. */
  static final int ONE = 257;

  private final int[] tokens;
  private final boolean literal;

  /**
   * A name.
   *
   * @param tokens bytes as they are without a sign, {@link #ANY} and {@link #ONE}
   */
  PathName(int[] tokens) {
    this.tokens = tokens;
    boolean plain = true;
    for (int token : tokens) {
      plain &= token < ANY;
    }
    literal = plain;
  }

  /** {@return whether it is a name, and not a pattern for names} */
  public boolean isLiteral() {
    return literal;
  }

  /** {@return whether it is {@code **}, which stands for directories to any depth} */
  public boolean isAnyDepth() {
    return tokens.length == 2 && tokens[0] == ANY && tokens[1] == ANY;
  }

  /** {@return the text of a literal name, see {@link OsText}} */
  public String text() {
    var bytes = new ByteArrayOutputStream(tokens.length);
    for (int token : tokens) {
      bytes.write(token);
    }
    return OsText.decode(bytes.toByteArray(), 0, bytes.size());
  }

  /**
   * {@return whether a name of the file system is meant} The time that it takes is at most the
   * product of both lengths.
   */
  public boolean matches(byte[] name) {
    int at = 0;
    int token = 0;
    int resumeToken = -1;
    int resumeAt = 0;
    while (at < name.length) {
      int step = token < tokens.length ? step(tokens[token], name, at) : -1;
      if (step > 0) {
        at += step;
        token++;
      } else if (token < tokens.length && tokens[token] == ANY) {
        resumeToken = ++token;
        resumeAt = at;
      } else if (resumeToken >= 0) {
        // The last ANY takes one byte more.
        token = resumeToken;
        at = ++resumeAt;
      } else {
        return false;
      }
    }
    while (token < tokens.length && tokens[token] == ANY) {
      token++;
    }
    return token == tokens.length;
  }

  /** {@return how many bytes a token takes, -1 if it does not take what is there} */
  private static int step(int token, byte[] name, int at) {
    if (token == ONE) {
      return OsText.characterLength(name, at);
    }
    return token == (name[at] & 0xff) ? 1 : -1;
  }
}
