package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The keys of what a command may reach: files, variables, its standard streams. */
final class ReachKeys {
  private static final String LATER = "this version cannot enforce it yet";

  private ReachKeys() {}

  private static Form<List<String>> paths() {
    return Form.texts(PolicyPath::checkGrant, ".+");
  }

  private static Form<List<String>> names() {
    return Form.texts(NamePattern::check, "[^=]+");
  }

  static PolicyTable<Workspace> sandbox() {
    var table =
        new PolicyTable<Workspace>(
            "sandbox",
            "How much may be changed, and where.",
            policy -> policy.workspace,
            (policy, workspace) -> policy.workspace = workspace);
    var mode = new ChoiceForm<>(Mode.values(), Mode::key);
    table
        .key("mode", "What may be done with files.", mode, Workspace::mode, Workspace::withMode)
        .option(
            "--mode",
            "MODE",
            "readonly, workspace-write or full-access.",
            (workspace, word) -> workspace.withMode(mode.parse("--mode", word)));
    table
        .optional(
            "workspace",
            "What workspace-write may write; the working directory if it is not set.",
            Form.path(),
            Workspace::path,
            Workspace::withPath)
        .option(
            "--workspace",
            "DIR",
            "Where workspace-write may write; default: the working directory.",
            Workspace::withPath);
    table
        .optional(
            "presets",
            "Grants that tools need, each under its name.",
            new PresetsForm(),
            workspace -> unlessEmpty(workspace.presets()),
            Workspace::withPresets)
        .options(
            "--preset",
            "NAME",
            "Grant what a tool needs: java, maven, npm, agent, ...; see policy preset.",
            (workspace, words) -> workspace.plus(words.stream().map(Preset::of).toList()));
    table
        .optional(
            "share_caches",
            "Caches of presets are written on the host: what lies there, later builds run.",
            Form.flag(),
            workspace -> Optional.of(true).filter(_ -> workspace.shareCaches()),
            Workspace::withShareCaches)
        .flag(
            "--share-caches",
            "Let caches of presets be written, which later builds outside of the sandbox use.",
            workspace -> workspace.withShareCaches(true));
    return table;
  }

  static PolicyTable<Filesystem> filesystem() {
    var table =
        new PolicyTable<Filesystem>(
            "filesystem",
            "Paths that are granted and blocked.",
            policy -> policy.filesystem,
            Policy.Builder::filesystem);
    table
        .key(
            "read_only",
            "May be read, not executed by its path.",
            paths(),
            Filesystem::readOnly,
            Filesystem::withReadOnly)
        .alias("read_only_paths")
        .check(files -> files.notIn("read_only"))
        .options(
            "--ro",
            "PATH",
            "May be read. With --ro or --rx, only what is named can be read.",
            (files, more) -> files.withReadOnly(plus(files.readOnly(), more)));
    table
        .key(
            "read_execute",
            "May be read and executed.",
            paths(),
            Filesystem::readExecute,
            Filesystem::withReadExecute)
        .check(files -> files.notIn("read_execute"))
        .options(
            "--rx",
            "PATH",
            "May be read and executed.",
            (files, more) -> files.withReadExecute(plus(files.readExecute(), more)));
    table
        .key(
            "read_write",
            "May be read and written; executed only if a path above it may be.",
            paths(),
            Filesystem::readWrite,
            Filesystem::withReadWrite)
        .alias("read_write_paths")
        .check(files -> files.notIn("read_write"))
        .options(
            "--rw",
            "PATH",
            "May be read and written. With a ? at its end it need not be there.",
            (files, more) -> files.withReadWrite(plus(files.readWrite(), more)));
    table
        .optional(
            "overlay",
            "Directories that may be read and written, while the host's stay as they are: changes"
                + " are gone when the run ends; needs isolation namespace.",
            Form.texts(Filesystem::checkOverlay, ".+"),
            files -> unlessEmpty(files.overlay()),
            Filesystem::withOverlay)
        .check(files -> files.notIn("overlay"))
        .options(
            "--overlay",
            "PATH",
            "May be read and written; changes are gone when the run ends; with --isolation"
                + " namespace.",
            (files, more) -> files.withOverlay(plus(files.overlay(), more)));
    table
        .key(
            "blocked",
            "May not be used, although a path above may be; *, ? and ** in names are understood.",
            Form.texts(PolicyPath::checkBlocked, ".+"),
            Filesystem::blocked,
            Filesystem::withBlocked)
        .alias("blocked_paths")
        .check(files -> files.notIn("blocked"))
        .options(
            "--block",
            "PATTERN",
            "May not be used at all; *, ? and ** in it are understood.",
            (files, more) -> files.withBlocked(plus(files.blocked(), more)));
    table
        .optional(
            "bind_mounts",
            "Paths of the host that are seen at another path; needs isolation namespace.",
            new BindsForm(),
            files -> unlessEmpty(files.bindMounts()),
            Filesystem::withBindMounts)
        .options(
            "--bind",
            "HOST:INSIDE[:rw]",
            "Is seen at another path, to be read and executed, or read and written; with"
                + " --isolation namespace.",
            (files, more) ->
                files.withBindMounts(
                    plus(files.bindMounts(), more.stream().map(Filesystem.Bind::parse).toList())));
    table.optional(
        "temporary_size",
        "How much the command's own /tmp, /dev/shm and what it writes to overlays come to, 1 GiB if"
            + " it is not set; needs isolation namespace.",
        new SizeForm(),
        files ->
            files.temporarySize().isPresent()
                ? Optional.of(files.temporarySize().getAsLong())
                : Optional.empty(),
        Filesystem::withTemporarySize);
    table.optional(
        "create_temp_root",
        "A root is made for the run, in which only what is granted is there; needs isolation"
            + " namespace, and paths that may be read.",
        Form.flag(),
        files -> Optional.of(true).filter(_ -> files.temporaryRoot()),
        Filesystem::withTemporaryRoot);
    table
        .optional(
            "create",
            "Directories in read_write that are not there are made before the run.",
            Form.flag(),
            files -> Optional.of(true).filter(_ -> files.create()),
            Filesystem::withCreate)
        .flag(
            "--create",
            "Make what --rw names, where it is not there.",
            files -> files.withCreate(true));
    table
        .optional(
            "git_worktree",
            "The repository that the workspace is a linked working tree of may be written, too.",
            Form.flag(),
            files -> Optional.of(true).filter(_ -> files.gitWorktree()),
            Filesystem::withGitWorktree)
        .flag(
            "--git-worktree",
            "Let the repository be written that the workspace is a linked working tree of.",
            files -> files.withGitWorktree(true));
    table.refuse(LATER, "apparmor_profile", "selinux_context");
    return table;
  }

  static PolicyTable<Environment> environment() {
    var table =
        new PolicyTable<Environment>(
            "environment",
            "Which environment variables the command sees.",
            policy -> policy.environment,
            Policy.Builder::environment);
    table.key(
        "inherit",
        "true: all, less what looks like a secret and what loads code; \"listed\": only what a"
            + " short list has.",
        new InheritForm(),
        Environment::inherit,
        Environment::withInherit);
    table
        .key(
            "pass",
            "Names that pass in spite of that; * stands for anything.",
            names(),
            Environment::pass,
            Environment::withPass)
        .options(
            "--env",
            "NAME[=VALUE]",
            "Set a variable, or let one pass that would be kept out.",
            ReachKeys::withVariables);
    table.key(
        "block",
        "Names that never pass; * stands for anything.",
        names(),
        Environment::block,
        Environment::withBlock);
    table.optional(
        "set",
        "Variables that are set last.",
        new VariablesForm(),
        environment -> Optional.of(environment.set()).filter(set -> !set.isEmpty()),
        Environment::withSet);
    return table;
  }

  static PolicyTable<Set<StreamKind>> streams() {
    var table =
        new PolicyTable<Set<StreamKind>>(
            "streams",
            "What standard streams may be.",
            policy -> policy.streams,
            (policy, streams) -> policy.streams = streams);
    var kinds = new ChoiceForm<>(StreamKind.values(), StreamKind::key);
    table
        .optional(
            "allow",
            "What standard streams may be besides files, pipes, terminals and harmless devices.",
            new StreamsForm(),
            streams -> Optional.of(streams).filter(set -> !set.isEmpty()),
            (streams, allowed) -> allowed)
        .options(
            "--allow-stream",
            "KIND",
            "Lets standard streams be directories, sockets, devices or others.",
            (streams, words) -> {
              Set<StreamKind> all = EnumSet.noneOf(StreamKind.class);
              all.addAll(streams);
              words.forEach(word -> all.add(kinds.parse("--allow-stream", word)));
              return all;
            });
    return table;
  }

  private static Environment withVariables(Environment environment, List<String> options) {
    var pass = new ArrayList<>(environment.pass());
    var set = new LinkedHashMap<>(environment.set());
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        pass.add(option);
      } else {
        set.put(option.substring(0, equals), option.substring(equals + 1));
      }
    }
    return environment.withPass(pass).withSet(set);
  }

  static <E> List<E> plus(List<E> some, List<E> more) {
    List<E> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  static <E> Optional<List<E>> unlessEmpty(List<E> list) {
    return list.isEmpty() ? Optional.empty() : Optional.of(list);
  }
}
