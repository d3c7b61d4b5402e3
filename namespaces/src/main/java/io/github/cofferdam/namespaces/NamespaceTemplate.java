package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.SetupProcess;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Namespaces that are made once for many sandboxes with the same policy and the same root: what
 * costs most of a start, a network namespace above all, and some twenty mounts.
 *
 * <ul>
 *   <li>The user namespace and those that are said to be common are the same for all of them.
 *   <li>Each has a mount namespace of its own that begins as a copy of the template's, in which
 *       everything is sealed, and mounts its own {@code /proc}, {@code /tmp}, {@code /dev/shm} and
 *       pseudo-terminals there.
 *   <li>All other namespaces of the policy are made for each.
 * </ul>
 *
 * <p>So it is for sandboxes that give up all capabilities before they run anything: one that kept
 * some could change what others see. Sandboxes with a common network namespace must not be able to
 * open sockets in it, and those with a common IPC namespace must not be able to make anything in it
 * (System V IPC, POSIX message queues), else they can talk to each other, and find what others have
 * left. Seccomp has to see to both.
 *
 * <p>While a template is open, the file systems of what is bound stay in use, also if they are
 * unmounted on the host.
 *
 * {@snippet lang="java" :
 * try (NamespaceTemplate template =
 *     NamespaceTemplate.create(policy, EnumSet.of(Namespace.UTS), root, Optional.empty())) {
 *   LaunchPlan.Builder plan =
 *       LaunchPlan.of("/usr/bin/id", List.of("id"))
 *           .supervision(Supervision.PID_NAMESPACE)
 *           .launcherSteps(template.launcherProgram())
 *           .initSteps(template.initProgram().then(Capabilities.dropAll(true)));
 *   template.passTo(plan);
 * }
 * }
 */
public final class NamespaceTemplate implements AutoCloseable {
  private static final Set<Namespace> SHARABLE =
      EnumSet.of(Namespace.USER, Namespace.UTS, Namespace.NETWORK, Namespace.IPC);

  private final Map<Namespace, Slot> slots;
  private final Map<Namespace, Fd> files;
  private final MountList own;
  private final SetupProgram launcherProgram;
  private final SetupProgram initProgram;
  private final MountWatch mounts;
  private final List<Place> places;
  private final Set<Path> closed;

  private NamespaceTemplate(
      Map<Namespace, Slot> slots,
      Map<Namespace, Fd> files,
      MountList own,
      SetupProgram launcherProgram,
      SetupProgram initProgram,
      MountWatch mounts,
      List<Place> places,
      Set<Path> closed) {
    this.slots = slots;
    this.files = files;
    this.own = own;
    this.launcherProgram = launcherProgram;
    this.initProgram = initProgram;
    this.mounts = mounts;
    this.places = places;
    this.closed = Set.copyOf(closed);
  }

  /**
   * {@return whether a root can be made in two parts on this host} It cannot where {@code
   * mount_setattr} is missing (Linux 5.12), if it is the host's as it is or writable as a whole, if
   * something is bound beneath {@code /tmp}, {@code /dev/shm} or {@code /dev/pts}, and if it has a
   * terminal.
   */
  public static boolean canHold(RootFilesystem root) {
    return MountApi.ofHost() == MountApi.TREES && root.parts().canBeShared();
  }

  /**
   * Makes the namespaces.
   *
   * @param policy has at least process-id and mount namespaces, and no time offsets
   * @param common which of its namespaces are the same for all, besides that of users: host name,
   *     network, IPC
   * @param root {@linkplain #canHold can be held}
   * @param deadline how long it may take; empty if it may block as long as a file system does
   * @throws IOException if it cannot be made, or if files or mounts that it rests on were changed
   *     at the same time
   * @throws IllegalArgumentException if the policy, what is to be common or the root is of another
   *     kind
   */
  public static NamespaceTemplate create(
      NamespacePolicy policy,
      Set<Namespace> common,
      RootFilesystem root,
      Optional<Duration> deadline)
      throws IOException {
    var shared = EnumSet.noneOf(Namespace.class);
    shared.addAll(common);
    if (policy.namespaces().contains(Namespace.USER)) {
      shared.add(Namespace.USER);
    }
    if (!SHARABLE.containsAll(shared) || !policy.namespaces().containsAll(shared)) {
      throw new IllegalArgumentException(common + " cannot be common in " + policy.namespaces());
    }
    if (!canHold(root) || !policy.namespaces().contains(Namespace.PID)) {
      throw new IllegalArgumentException("the root cannot be made in two parts");
    }
    shared.add(Namespace.MOUNT);
    MountWatch mounts = MountWatch.begin();
    try {
      RootParts parts = root.parts();
      List<Place> places = parts.places();
      RootLayout layout = RootLayout.of(parts);
      Map<Namespace, Slot> slots = slots(shared);
      SetupProgram launcher = enter(slots).then(policy.rest(shared));
      SetupProgram init = new RootSteps(parts, layout, MountApi.TREES).own();
      List<Fd> made = make(policy, slots, parts, layout, deadline);
      var files = new EnumMap<Namespace, Fd>(Namespace.class);
      int next = 0;
      for (Namespace namespace : slots.keySet()) {
        files.put(namespace, made.get(next++));
      }
      MountList own;
      try {
        own = new MountList(made.get(next));
      } catch (IOException | RuntimeException e) {
        files.values().forEach(Fd::close);
        throw e;
      }
      var template =
          new NamespaceTemplate(slots, files, own, launcher, init, mounts, places, layout.closed());
      if (!template.isCurrent()) {
        template.close();
        throw new IOException("mounts or bound files were changed while namespaces were made");
      }
      return template;
    } catch (IOException | RuntimeException e) {
      mounts.close();
      throw e;
    }
  }

  private static Map<Namespace, Slot> slots(Set<Namespace> namespaces) {
    var slots = new EnumMap<Namespace, Slot>(Namespace.class);
    for (Namespace namespace : namespaces) {
      slots.put(namespace, Slot.named(namespace.fileName()));
    }
    return slots;
  }

  /**
   * The process that makes them is gone afterwards; they stay as long as their files are open. The
   * last of these is the list of the mounts that it has made.
   */
  private static List<Fd> make(
      NamespacePolicy policy,
      Map<Namespace, Slot> slots,
      RootParts root,
      RootLayout layout,
      Optional<Duration> deadline)
      throws IOException {
    Set<Namespace> made = EnumSet.of(Namespace.PID);
    made.addAll(slots.keySet());
    var open = new ArrayList<Step>();
    for (Map.Entry<Namespace, Slot> entry : slots.entrySet()) {
      open.add(
          NamespaceSteps.open(
              Path.of("/proc/self/ns/" + entry.getKey().fileName()), entry.getValue()));
    }
    Slot mounts = Slot.named("mounts");
    SetupProgram init =
        SetupProgram.of(open.toArray(new Step[0]))
            .then(new RootSteps(root, layout, MountApi.TREES).shared())
            .then(SetupProgram.of(MountList.open(mounts)));
    var opened = new ArrayList<>(slots.values());
    opened.add(mounts);
    return SetupProcess.run(policy.program(made), init, opened, deadline);
  }

  /** The user namespace comes first: it gives the right to enter the others. */
  private static SetupProgram enter(Map<Namespace, Slot> slots) {
    var steps = new ArrayList<Step>();
    for (Map.Entry<Namespace, Slot> entry : slots.entrySet()) {
      steps.add(NamespaceSteps.enter(entry.getValue(), entry.getKey()));
    }
    for (Slot slot : slots.values()) {
      steps.add(Step.close(slot));
    }
    return new SetupProgram(steps);
  }

  /** {@return what the launcher does: it enters what is common and makes the rest} */
  public SetupProgram launcherProgram() {
    return launcherProgram;
  }

  /** {@return what the first process of the sandbox does before anything else runs there} */
  public SetupProgram initProgram() {
    return initProgram;
  }

  /** Gives a plan the descriptors that {@link #launcherProgram} uses. */
  public void passTo(LaunchPlan.Builder plan) {
    for (Map.Entry<Namespace, Slot> entry : slots.entrySet()) {
      plan.pass(entry.getValue(), Objects.requireNonNull(files.get(entry.getKey())));
    }
  }

  /** {@return what is blocked and was closed in it, as {@link RootPlan#closed}} */
  public Set<Path> closed() {
    return closed;
  }

  /**
   * {@return whether a sandbox that is made now without it would have the same files} Once this is
   * false, it may stay so.
   */
  public boolean isCurrent() {
    if (mounts.changed() || own.changed()) {
      return false;
    }
    for (Place place : places) {
      if (!place.isUnchanged()) {
        return false;
      }
    }
    return true;
  }

  /** Keeps the descriptors until {@link #release}; false if it is closed already. */
  public boolean acquire() {
    var acquired = new ArrayList<Fd>();
    for (Fd file : files.values()) {
      if (!file.acquire()) {
        acquired.forEach(Fd::release);
        return false;
      }
      acquired.add(file);
    }
    return true;
  }

  /** Ends what {@link #acquire} began. */
  public void release() {
    files.values().forEach(Fd::release);
  }

  /** Lets go of the namespaces; sandboxes that are in them stay there. */
  @Override
  public void close() {
    mounts.close();
    own.close();
    files.values().forEach(Fd::close);
  }
}
