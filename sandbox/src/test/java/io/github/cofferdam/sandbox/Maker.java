package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Ways to make processes that code should not have to tell apart. */
enum Maker {
  PLAIN,
  BASIC,
  NAMESPACE;

  /** The methods of {@link ProcessBuilder}, by name; those that return the builder return this. */
  interface Builder {
    Builder command(List<String> argv);

    Builder command(String... argv);

    List<String> command();

    Map<String, String> environment();

    Builder directory(File path);

    File directory();

    Builder redirectInput(Redirect source);

    Builder redirectOutput(Redirect destination);

    Builder redirectError(Redirect destination);

    Builder redirectInput(File file);

    Builder redirectOutput(File file);

    Builder redirectError(File file);

    Redirect redirectInput();

    Redirect redirectOutput();

    Redirect redirectError();

    Builder inheritIO();

    boolean redirectErrorStream();

    Builder redirectErrorStream(boolean follows);

    Process start() throws IOException;

    /** {@return what is behind it} */
    Object target();
  }

  /** Skips the test where Landlock is too old for such. */
  void assumeLandlockSuffices() {
    if (this != PLAIN) {
      Sandboxed.assumeLandlockSuffices(policy());
    }
  }

  /** Skips the test where this host cannot make such. */
  void assumeAvailable() throws IOException, InterruptedException {
    if (this == NAMESPACE) {
      Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    }
  }

  Builder builder(String... argv) {
    return of(this == PLAIN ? new ProcessBuilder(argv) : sandbox().processBuilder(argv));
  }

  /** One of the two builders, by the methods that they have in common. */
  static Builder of(Object target) {
    return (Builder)
        Proxy.newProxyInstance(
            Builder.class.getClassLoader(),
            new Class<?>[] {Builder.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("target")) {
                return target;
              }
              try {
                Object result =
                    target
                        .getClass()
                        .getMethod(method.getName(), method.getParameterTypes())
                        .invoke(target, arguments);
                return method.getReturnType() == Builder.class ? proxy : result;
              } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RefusedException refused) {
                  Sandboxed.assumeLandlockSuffices(refused);
                }
                throw e.getCause();
              }
            });
  }

  /** A shell script with its parameters. */
  Builder shell(String script, String... arguments) {
    String[] argv =
        Arrays.copyOf(new String[] {"/bin/sh", "-c", script, "sh"}, 4 + arguments.length);
    System.arraycopy(arguments, 0, argv, 4, arguments.length);
    return builder(argv).directory(new File("/"));
  }

  private Sandbox sandbox() {
    return Sandboxed.of(policy());
  }

  private Policy policy() {
    return Policy.builder().isolation(Isolation.valueOf(name())).build();
  }
}
