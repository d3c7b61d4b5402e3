package io.github.cofferdam.documents;

import java.io.Serial;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.SerializedString;
import tools.jackson.core.json.JsonFactory;

/** JSON that a terminal may show: the one place where writers of JSON come from. */
public final class JsonText {
  private JsonText() {}

  /** {@return what writes text in which no control character and no direction override is} */
  public static JsonFactory factory() {
    return JsonFactory.builder().characterEscapes(new LineEscapes()).build();
  }

  /**
   * Escapes every character that some reader takes for the end of a line, or that turns text
   * around.
   */
  private static final class LineEscapes extends CharacterEscapes {
    @Serial private static final long serialVersionUID = 1L;

    private final int[] ascii = standardAsciiEscapesForJSON();

    private LineEscapes() {
      ascii[0x7F] = CharacterEscapes.ESCAPE_STANDARD;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return ascii;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int c) {
      if (c > 0xFFFF || !HiddenCharacters.isHidden((char) c)) {
        return null;
      }
      StringBuilder escape = new StringBuilder();
      HiddenCharacters.escape(escape, (char) c);
      return new SerializedString(escape.toString());
    }
  }
}
