package io.github.cofferdam.sandbox;

import java.util.List;

/**
 * Environment variables that make a program load or run code that its command line does not name.
 * Whoever could set one outside the sandbox would run code inside it, and the other way round where
 * the variable survives. A policy lets a single one through with {@code environment.pass}.
 */
final class CodeLoadingNames {
  private static final List<String> PATTERNS =
      List.of(
          // Dynamic linkers and the C library.
          "LD_*",
          "DYLD_*",
          "GLIBC_TUNABLES",
          "GCONV_PATH",
          "LOCPATH",
          "NLSPATH",
          "MALLOC_*",
          "HOSTALIASES",
          "RESOLV_*",
          // Shells.
          "BASH_ENV",
          "ENV",
          "BASH_FUNC_*",
          "SHELLOPTS",
          "BASHOPTS",
          "BASH_LOADABLES_PATH",
          "PROMPT_COMMAND",
          "PS4",
          "ZDOTDIR",
          "FPATH",
          "IFS",
          // The JVM and its tools.
          "JAVA_TOOL_OPTIONS",
          "JDK_JAVA_OPTIONS",
          "JDK_JAVAC_OPTIONS",
          "_JAVA_OPTIONS",
          "JAVA_OPTS",
          "CLASSPATH",
          "MAVEN_OPTS",
          "MAVEN_ARGS",
          "GRADLE_OPTS",
          // Interpreters.
          "PYTHONSTARTUP",
          "PYTHONPATH",
          "PYTHONHOME",
          "PYTHONINSPECT",
          "PYTHONBREAKPOINT",
          "PYTHONWARNINGS",
          "PYTHONUSERBASE",
          "PYTHONPLATLIBDIR",
          "PERL5OPT",
          "PERL5LIB",
          "PERLLIB",
          "PERL5DB",
          "RUBYOPT",
          "RUBYLIB",
          "NODE_OPTIONS",
          "NODE_PATH",
          "NODE_REPL_EXTERNAL_MODULE",
          "LUA_INIT*",
          "LUA_PATH*",
          "LUA_CPATH*",
          "PHPRC",
          "PHP_INI_SCAN_DIR",
          "R_PROFILE*",
          "R_ENVIRON*",
          "TCLLIBPATH",
          "GUILE_LOAD_*",
          "ERL_*FLAGS",
          "DOTNET_STARTUP_HOOKS",
          "CORECLR_*",
          "COR_*",
          // Compilers and build tools.
          "RUSTC_WRAPPER",
          "RUSTC_WORKSPACE_WRAPPER",
          "CARGO_BUILD_RUSTC*",
          "GOFLAGS",
          "GCC_EXEC_PREFIX",
          "COMPILER_PATH",
          "MAKEFLAGS",
          "MAKEFILES",
          "MFLAGS",
          "NPM_CONFIG_*SHELL",
          // Programs that other programs start.
          "GIT_EXTERNAL_DIFF",
          "GIT_PAGER",
          "GIT_EDITOR",
          "GIT_SEQUENCE_EDITOR",
          "GIT_SSH",
          "GIT_SSH_COMMAND",
          "GIT_PROXY_COMMAND",
          "GIT_EXEC_PATH",
          "GIT_TEMPLATE_DIR",
          "GIT_CONFIG*",
          "EDITOR",
          "VISUAL",
          "PAGER",
          "MANPAGER",
          "LESSOPEN",
          "LESSCLOSE",
          "BROWSER",
          "RSYNC_RSH",
          "CVS_RSH",
          "TAR_OPTIONS",
          "RIPGREP_CONFIG_PATH",
          "VIMINIT",
          "EXINIT",
          // Libraries that load plug-ins.
          "OPENSSL_CONF",
          "OPENSSL_MODULES",
          "OPENSSL_ENGINES",
          "GTK_MODULES",
          "GTK_PATH",
          "GIO_EXTRA_MODULES",
          "QT_PLUGIN_PATH",
          "QT_QPA_PLATFORM_PLUGIN_PATH",
          "GST_PLUGIN_*",
          "VK_LAYER_PATH",
          "VK_INSTANCE_LAYERS",
          "LIBGL_DRIVERS_PATH");

  private CodeLoadingNames() {}

  /**
   * {@return whether a variable of this name is kept out unless the policy passes it; letter case
   * counts}
   */
  static boolean contains(String name) {
    return NamePattern.matchesAny(PATTERNS, name);
  }
}
