package io.github.cofferdam.bench;

import io.github.cofferdam.bench.Peer.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The programs that Cofferdam is compared with, each called such that it does what comes closest to
 * full isolation.
 */
final class Peers {
  /** Of bundles: user 0 is this process's user, user 0 of where it is called, or the host's. */
  private static final String OWN = "bundle-own";

  private static final String ROOT = "bundle-root";
  private static final String HOST = "bundle-host";

  private static final String UNSHARE = "/usr/bin/unshare";

  private static final String CONTAINER = "cofferdam-bench-" + ProcessHandle.current().pid();

  private Peers() {}

  /** {@return those that run a program of the host} */
  static List<Peer> sandboxes() {
    return List.of(
        new Peer(
            "unshare",
            new Program("util-linux", "unshare", "Debian: apt install util-linux"),
            Peers::unshare),
        new Peer(
            "bubblewrap",
            new Program("bubblewrap", "bwrap", "Debian: apt install bubblewrap"),
            Peers::bubblewrap),
        new Peer(
            "firejail",
            new Program("firejail", "firejail", "Debian: apt install firejail"),
            Peers::firejail),
        new Peer(
            "minijail",
            new Program("minijail", "minijail0", "https://google.github.io/minijail/"),
            Peers::minijail),
        new Peer(
            "nsjail",
            new Program("nsjail", "nsjail", "https://github.com/google/nsjail"),
            Peers::nsjail),
        new Peer(
            "landrun",
            new Program("landrun", "landrun", "https://github.com/Zouuup/landrun"),
            Peers::landrun));
  }

  /** {@return those that run a program of a container; they need {@link #bundles}} */
  static List<Peer> engines() {
    return List.of(
        new Peer("crun", new Program("crun", "crun", "Debian: apt install crun"), Peers::crun),
        new Peer("runc", new Program("runc", "runc", "Debian: apt install runc"), Peers::runc),
        new Peer(
            "podman", new Program("podman", "podman", "Debian: apt install podman"), Peers::podman),
        new Peer(
            "runsc", new Program("gVisor", "runsc", "Debian: apt install runsc"), Peers::runsc));
  }

  /** Makes the containers of {@link #engines}. */
  static void bundles(Path folder, Path target) throws IOException {
    OciBundle.create(folder.resolve(OWN), target, Ids.user(), Ids.group());
    OciBundle.create(folder.resolve(ROOT), target, 0, 0);
    OciBundle.create(folder.resolve(HOST), target);
  }

  private static List<String> line(Object... words) {
    var line = new ArrayList<String>();
    for (Object word : words) {
      if (word instanceof List<?> several) {
        several.forEach(each -> line.add(String.valueOf(each)));
      } else {
        line.add(Objects.toString(word));
      }
    }
    return line;
  }

  private static List<List<String>> unshare(String program, Place place) {
    return List.of(line(program, "-Urpfmniu", "--mount-proc", place.target()));
  }

  private static List<List<String>> bubblewrap(String program, Place place) {
    return List.of(
        line(
            program,
            List.of("--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"),
            place.target()));
  }

  private static List<List<String>> firejail(String program, Place place) {
    return List.of(
        line(
            program,
            // The program that does nothing is in /var/tmp, which would be hidden.
            List.of("--noprofile", "--quiet", "--net=none", "--private-dev", "--keep-var-tmp"),
            List.of("--caps.drop=all", "--nonewprivs", "--seccomp"),
            place.target()));
  }

  /** User, process, mount (/proc read-only), IPC, network and UTS namespaces; no_new_privs. */
  private static List<List<String>> minijail(String program, Place place) {
    return List.of(
        line(
            program,
            List.of("-U", "-m", "-M", "-p", "-v", "-r", "-l", "-e", "-n", "--uts", "--"),
            place.target()));
  }

  /** All namespaces are its default. */
  private static List<List<String>> nsjail(String program, Place place) {
    return List.of(line(program, List.of("-Mo", "--quiet", "--chroot", "/", "--"), place.target()));
  }

  /** Landlock only; no TCP is its default. */
  private static List<List<String>> landrun(String program, Place place) {
    return List.of(line(program, "--rox", "/", place.target()));
  }

  /** It refuses hybrid control groups; the second line hides them from it. */
  private static List<List<String>> crun(String program, Place place) {
    List<String> call = List.of(program, "--root", place.in("crun"));
    List<String> disabled = List.of("--cgroup-manager=disabled");
    List<String> run = List.of("run", "--bundle");
    List<String> inOwnNamespace =
        place.root()
            ? line(
                List.of(UNSHARE, "-m", "/bin/sh", "-c"),
                "umount /sys/fs/cgroup/unified && exec "
                    + String.join(" ", line(call, run, place.in(OWN), CONTAINER)))
            : line(
                List.of(UNSHARE, "-Urm", "/bin/sh", "-c"),
                "mount -t tmpfs none /sys/fs/cgroup/unified && exec "
                    + String.join(" ", line(call, disabled, run, place.in(ROOT), CONTAINER)));
    return List.of(
        line(call, place.root() ? List.of() : disabled, run, place.in(OWN), CONTAINER),
        inOwnNamespace);
  }

  private static List<List<String>> runc(String program, Place place) {
    return List.of(
        line(program, "--root", place.in("runc"), "run", "--bundle", place.in(OWN), CONTAINER));
  }

  private static List<List<String>> podman(String program, Place place) {
    List<String> root = List.of("--root", place.in("podman"), "--runroot", place.in("run"));
    List<String> run =
        line("run", "--rm", "--network=none", "--rootfs", place.in(HOST) + "/rootfs");
    List<String> limits =
        place.root()
            ? List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
            : List.of();
    return List.of(
        line(program, root, run, OciBundle.TARGET),
        line(
            program,
            root,
            List.of("--runtime", "runc", "--cgroup-manager=cgroupfs"),
            run.subList(0, 3),
            limits,
            run.subList(3, run.size()),
            OciBundle.TARGET));
  }

  /** Older ones know only the second, slower platform. */
  private static List<List<String>> runsc(String program, Place place) {
    return List.of("systrap", "ptrace").stream()
        .map(platform ->
            line(
                program,
                List.of("--root", place.in("runsc")),
                place.root() ? List.of() : List.of("--rootless"),
                List.of("--network=none", "--ignore-cgroups", "--platform=" + platform),
                List.of("run", "--bundle", place.in(HOST), CONTAINER)))
        .toList();
  }
}
