package io.github.cofferdam.sandbox;

/**
 * What differs between {@link ProcessBuilder} and {@link SandboxProcessBuilder}, by the words with
 * which the latter's Javadoc begins to say it.
 */
enum Difference {
  ADDED("Variables that the command gets besides:"),
  NUL_IN_DIRECTORY("A NUL in the working directory's name:"),
  ENCODING("Text that this process's locale cannot express:"),
  OPENED_LATER("When files for redirects are opened:"),
  TREE("The end of the command:"),
  SESSION("The command's session:"),
  PARENT("The command's parent:"),
  DESCENDANTS("Orphans:"),
  ENDED_HANDLE("A process that had ended before anybody asked for its number:");

  private final String words;

  Difference(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
