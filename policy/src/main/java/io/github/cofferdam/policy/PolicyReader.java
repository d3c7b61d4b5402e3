package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.DocumentFile;
import io.github.cofferdam.documents.Problems;
import io.github.cofferdam.documents.TomlReader;
import io.github.cofferdam.documents.TomlSection;
import java.nio.file.Path;

/** Reads policies: what {@link PolicyKeys} names, and nothing else. */
final class PolicyReader {
  private PolicyReader() {}

  /** As {@link Policy#load} says. */
  static Policy load(Path file) throws PolicyException {
    try {
      return read(DocumentFile.read(file), OsText.show(file));
    } catch (DocumentException e) {
      throw new PolicyException(e);
    }
  }

  /** As {@link Policy#parse} says. */
  static Policy parse(String text, String source) throws PolicyException {
    try {
      return read(text, source);
    } catch (DocumentException e) {
      throw new PolicyException(e);
    }
  }

  private static Policy read(String text, String source) throws DocumentException {
    Problems problems = new Problems(source);
    TomlSection root = TomlReader.read(DocumentFile.withoutMark(text), problems);
    Policy.Builder policy = Policy.builder();
    for (PolicyTable<?> table : PolicyKeys.tables()) {
      table.read(root, policy);
    }
    PolicyKeys.refused().forEach(root::refuse);
    root.reader().reportUnknown();
    problems.throwIfAny();
    try {
      return policy.build();
    } catch (IllegalArgumentException e) {
      root.section("sandbox").fail("presets", String.valueOf(e.getMessage()));
      problems.throwIfAny();
      throw e;
    }
  }
}
