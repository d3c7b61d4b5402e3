package io.github.cofferdam.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AU-06: secrets do not reach the log. */
class RedactorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Authorization: Bearer abc123 | Authorization: [redacted]",
        "authorization: Basic dXNlcg== | authorization: [redacted]",
        "Proxy-Authorization: Digest x | Proxy-Authorization: [redacted]",
        "Cookie: a=b; c=d | Cookie: [redacted]",
        "X-Api-Key: abc | X-Api-Key: [redacted]",
        "say bearer abcdef12 now | say bearer [redacted] now",
        "--password=hunter2 | --password=[redacted]",
        "--db-passwd=hunter2 | --db-passwd=[redacted]",
        "PGPASSWORD=hunter2 psql | PGPASSWORD=[redacted] psql",
        "AWS_SECRET_ACCESS_KEY=x/y+z | AWS_SECRET_ACCESS_KEY=[redacted]",
        "token=\"two words\" x | token=[redacted] x",
        "password: hunter2 | password: [redacted]",
        "https://h/p?a=1&token=abc&b=2 | https://h/p?a=1&token=[redacted]&b=2",
        "{\"client_secret\": \"abc\"} | {\"client_secret\": [redacted]}",
        "https://user:pass@host/x | https://user:[redacted]@host/x",
        "postgres://u:p:a@ss@h/db | postgres://u:[redacted]@h/db",
        "id AKIAIOSFODNN7EXAMPLE end | id [redacted] end",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345 | [redacted]",
        "https://ghp_0123456789abcdefghijABCDEFGHIJ012345@github.com"
            + " | https://[redacted]@github.com",
        "glpat-0123456789abcdefghij | [redacted]",
        "xoxb-123456789012-abcdef | [redacted]",
        "sk-0123456789abcdefghij0123 | [redacted]",
        "eyJhbGciOiJI.eyJzdWIiOiIx.abc-_ | [redacted]",
      })
  void masks(String text, String masked) {
    assertEquals(masked, Redactor.redact(text));
  }

  @Test
  void masksAPrivateKeyOverSeveralLines() {
    assertEquals(
        "a -----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY----- b",
        Redactor.redact(
            "a -----BEGIN RSA PRIVATE KEY-----\nMII\nxyz\n-----END RSA PRIVATE KEY----- b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git pull",
        "ssh://git@github.com/x",
        "https://example.org/a?b=c#d",
        "ls -p dir",
        "compass: north",
        "http://host:8080/x@y",
      })
  void leavesOtherTextAlone(String text) {
    assertEquals(text, Redactor.redact(text));
  }

  @Test
  void masksTheArgumentAfterASecretOption() {
    assertEquals(
        List.of("x", "--password", "[redacted]", "--token", "--verbose", "-password", "[redacted]"),
        Redactor.redact(
            List.of("x", "--password", "hunter2", "--token", "--verbose", "-password", "p")));
  }

  @Test
  void masksThePasswordOfCurl() {
    assertEquals(
        List.of("/usr/bin/curl", "-u", "me:[redacted]", "-H", "Authorization: [redacted]"),
        Redactor.redact(List.of("/usr/bin/curl", "-u", "me:pw", "-H", "Authorization: Bearer X")));
    assertEquals(List.of("id", "-u", "me:pw"), Redactor.redact(List.of("id", "-u", "me:pw")));
  }

  @Test
  void masksAFieldWhoseNameSaysSecret() {
    assertEquals("[redacted]", Redactor.redactField("api_token", "x"));
    assertEquals("x", Redactor.redactField("path", "x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "password", "://", "a:", "-----BEGIN PRIVATE KEY-----", "token="})
  void isLinear(String unit) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> Redactor.redact(unit.repeat(100_000 / unit.length())));
  }
}
