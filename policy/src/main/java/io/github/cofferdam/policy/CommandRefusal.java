package io.github.cofferdam.policy;

import io.github.cofferdam.documents.HiddenCharacters;
import io.github.cofferdam.documents.Text;

/** Why the rules refuse a command. */
public sealed interface CommandRefusal {
  /** {@return one line for people} */
  String message();

  /**
   * A rule says that the command destroys things.
   *
   * @param rule the rule's place in the policy, from 0
   * @param pattern its pattern
   * @param command the form of the command that matched
   */
  record Destructive(int rule, String pattern, String command) implements CommandRefusal {
    @Override
    public String message() {
      return "network.command_rules["
          + rule
          + "] with the pattern "
          + Text.quote(pattern)
          + " marks this command as destructive: "
          + Text.quote(command);
    }
  }

  /**
   * The command has characters in it that make it look different from what it is.
   *
   * @param argument the argument's place, from 0
   * @param index the character's place in it, from 0
   * @param character the character
   */
  record Hidden(int argument, int index, char character) implements CommandRefusal {
    @Override
    public String message() {
      return "argument "
          + argument
          + " has the control or invisible character "
          + HiddenCharacters.name(character)
          + " at position "
          + index
          + "; such characters make a command look different from what it is";
    }
  }

  /** The command is nested too deeply or has too many parts for the rules to be read against it. */
  record TooComplex() implements CommandRefusal {
    @Override
    public String message() {
      return "the command has more parts, or deeper nesting, than command rules can be checked"
          + " against; put it into a script file";
    }
  }
}
