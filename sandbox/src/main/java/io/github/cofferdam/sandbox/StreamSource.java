package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.StdioSet;
import java.io.IOException;

/** Where a command's standard streams come from, once it is known what it may do. */
@FunctionalInterface
interface StreamSource {
  /** {@return the streams}, of which the source closes what it has opened for them. */
  StdioSet open(FileGrants grants) throws IOException;
}
