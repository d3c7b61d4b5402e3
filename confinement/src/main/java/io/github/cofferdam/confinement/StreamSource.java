package io.github.cofferdam.confinement;

import io.github.cofferdam.launcher.StdioSet;
import java.io.IOException;

/** Where a command's standard streams come from, once it is known what it may do. */
@FunctionalInterface
public interface StreamSource {
  /** {@return the streams}, of which the source closes what it has opened for them. */
  StdioSet open(FileGrants grants) throws IOException;
}
