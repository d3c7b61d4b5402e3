package io.github.cofferdam.sandbox;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.rlimit.Rlimits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A virtual machine that may not call native code, or of another architecture, for {@link
 * RefusedNativeAccessTest}. Goes through several doors, each twice, and prints what each said.
 */
final class RefusedNativeAccessMain {
  private RefusedNativeAccessMain() {}

  /** No arguments. */
  public static void main(String[] arguments) {
    Map<String, Callable<Object>> doors = new LinkedHashMap<>();
    doors.put("run", () -> Sandbox.of(Policy.builder().build()).run("true"));
    doors.put("start", () -> Sandbox.of(Policy.builder().build()).start("true"));
    doors.put("dryRun", () -> Sandbox.of(Policy.builder().build()).command("true").dryRun());
    doors.put("landlock", Abi::current);
    if (arguments.length > 0) {
      doors.put("rlimit", Rlimits::all);
      doors.put("capabilities", () -> Capabilities.holds(1));
    }
    doors.forEach((name, door) -> {
      for (int i = 0; i < 2; i++) {
        System.out.println(name + ": " + through(door));
      }
    });
  }

  private static String through(Callable<Object> door) {
    try {
      return "passed: " + door.call();
    } catch (RuntimeException e) {
      return e.toString();
    } catch (Exception e) {
      return "checked: " + e;
    } catch (Error e) {
      return "an Error: " + e;
    }
  }
}
