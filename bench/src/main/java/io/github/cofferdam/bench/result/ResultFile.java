package io.github.cofferdam.bench.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A result as a JSON file. */
public final class ResultFile {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private ResultFile() {}

  /**
   * Reads a result.
   *
   * @throws IOException if the file cannot be read, or is not a result; the message names the file,
   *     and the line and column where there is one
   */
  public static BenchResult read(Path file) throws IOException {
    BenchResult result;
    try {
      result = JSON.readValue(Files.readString(file), BenchResult.class);
    } catch (JacksonException e) {
      var place = e.getLocation();
      String where =
          place == null || place.getLineNr() < 1
              ? ""
              : ":" + place.getLineNr() + ":" + place.getColumnNr();
      throw new IOException(
          file + where + ": not a result of cofferdam bench: " + e.getOriginalMessage(), e);
    }
    if (!BenchResult.FORMAT.equals(result.format())) {
      throw new IOException(
          file + ": format " + result.format() + ", expected " + BenchResult.FORMAT);
    }
    return result;
  }

  /** Writes a result; the file is either the old one or all of the new one. */
  public static void write(Path file, BenchResult result) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, JSON.writeValueAsString(result) + "\n");
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
