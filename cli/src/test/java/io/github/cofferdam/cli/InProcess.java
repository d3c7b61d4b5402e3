package io.github.cofferdam.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** The command called as a method: for all that starts nothing. */
record InProcess(int status, String out, String err) {
  static InProcess run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status = Main.execute(args, new PrintWriter(out), new PrintWriter(err));
    return new InProcess(status, out.toString(), err.toString());
  }
}
