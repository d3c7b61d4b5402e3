package io.github.cofferdam.policy;

import io.github.cofferdam.documents.TomlSection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Rules on the command line: an array of tables. */
final class RulesForm implements Form<List<CommandRule>> {
  private static final String PATTERN = "pattern";
  private static final String ALLOW = "allow_network";
  private static final String DESTRUCTIVE = "destructive";

  @Override
  public Optional<List<CommandRule>> read(TomlSection section, String key, Consumer<String> each) {
    List<CommandRule> rules = new ArrayList<>();
    var budget = new PatternBudget();
    for (TomlSection rule : section.sections(key)) {
      Optional<String> pattern =
          rule.string(
              PATTERN,
              text -> {
                budget.take(text);
                CommandPattern.check(text);
              });
      if (!rule.has(PATTERN)) {
        rule.fail(PATTERN, "missing; every rule needs one");
      }
      Optional<Boolean> allow = rule.bool(ALLOW);
      boolean destructive = rule.bool(DESTRUCTIVE).orElse(false);
      pattern.ifPresent(text -> rules.add(new CommandRule(text, allow, destructive)));
    }
    return Optional.of(rules);
  }

  @Override
  public boolean isTable(List<CommandRule> value) {
    return true;
  }

  @Override
  public void write(TomlText out, String key, List<CommandRule> value) {
    for (CommandRule rule : value) {
      out.element(key);
      out.text(PATTERN, rule.pattern());
      rule.allowNetwork().ifPresent(allow -> out.plain(ALLOW, allow.toString()));
      out.plain(DESTRUCTIVE, Boolean.toString(rule.destructive()));
    }
  }

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> flag = Schema.of("type", "boolean");
    return Schema.of(
        "type",
        "array",
        "items",
        Schema.table(
            Schema.of(
                PATTERN,
                Schema.of("type", "string", "minLength", 1, "maxLength", CommandPattern.MAX_LENGTH),
                ALLOW,
                flag,
                DESTRUCTIVE,
                flag),
            List.of(PATTERN)));
  }
}
