package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** True or false, and true only beside a file to write to. */
final class AuditSwitchForm implements Form<Boolean> {
  private final Form<Boolean> flag = Form.flag();

  @Override
  public Optional<Boolean> read(TomlSection section, String key, Consumer<String> each) {
    Optional<Boolean> on = flag.read(section, key, each);
    if (on.orElse(false) && !section.has("log_file")) {
      section.report(key, AuditSettings.NO_FILE);
    }
    return on;
  }

  @Override
  public void write(TomlText out, String key, Boolean value) {
    flag.write(out, key, value);
  }

  @Override
  public Map<String, Object> schema() {
    return flag.schema();
  }
}
