package io.github.cofferdam.doctor;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Collects the facts of a section. A question that fails has its failure for an answer. */
final class Facts {
  private final String section;
  private final List<HostFact> facts = new ArrayList<>();

  Facts(String section) {
    this.section = section;
  }

  /** A question to the host. */
  @FunctionalInterface
  interface Question {
    Finding ask() throws IOException;
  }

  /** Adds the answer to a question, or why there is none. */
  Facts ask(String key, Question question) {
    facts.add(new HostFact(key, answer(question)));
    return this;
  }

  /** Asks what may fail like any other question, and is {@link Finding.Unknown} then. */
  static Finding answer(Question question) {
    try {
      return question.ask();
    } catch (NoSuchFileException e) {
      return new Finding.Unknown(e.getFile() + " does not exist");
    } catch (AccessDeniedException e) {
      return new Finding.Unknown("this user may not read " + e.getFile());
    } catch (IOException | RuntimeException e) {
      return new Finding.Unknown(Objects.requireNonNullElseGet(e.getMessage(), e::toString));
    }
  }

  HostSection section() {
    return new HostSection(section, facts);
  }
}
