package io.github.cofferdam.confinement;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which of a policy's paths decides about a path: the deepest one at or above it. What is granted
 * at the same path adds up, and what is blocked there is blocked.
 *
 * @param read may be read
 * @param readExecute may be read and executed
 * @param readWrite may be read and written; whether it can be executed is for what is above to say
 * @param overlay may be read, and written in memory; executed as what may be written
 * @param blocked may not be used
 */
record PathRules(
    List<Path> read,
    List<Path> readExecute,
    List<Path> readWrite,
    List<Path> overlay,
    List<Path> blocked) {

  /** {@return all that is granted, with the deepest last} */
  List<Path> granted() {
    Set<Path> all = new LinkedHashSet<>(readWrite);
    all.addAll(overlay);
    all.addAll(readExecute);
    all.addAll(read);
    var granted = new ArrayList<>(all);
    granted.sort(Comparator.comparingInt(Path::getNameCount));
    return granted;
  }

  /** {@return the granted path that decides about a path, if that is not blocked} */
  Optional<Path> deciding(Path path) {
    return nearest(path, granted(), false);
  }

  /**
   * {@return whether the policy lets all at and beneath a path be used in a way}
   *
   * @param way whether what is granted by a path is granted in this way
   */
  boolean allowsAll(Path path, Predicate<Path> way) {
    Optional<Path> deciding = deciding(path);
    return deciding.isPresent()
        && !isBlocked(path)
        && way.test(deciding.get())
        && blocked.stream().noneMatch(beneath -> beneath.startsWith(path))
        && granted().stream().filter(beneath -> beneath.startsWith(path)).allMatch(way);
  }

  /** {@return whether a path is closed} */
  boolean isBlocked(Path path) {
    return closing(path).isPresent();
  }

  /** {@return the blocked path that closes a path} */
  Optional<Path> closing(Path path) {
    Optional<Path> open = deciding(path);
    return nearest(path, blocked, false)
        .filter(closed -> open.isEmpty() || open.get().getNameCount() <= closed.getNameCount());
  }

  /** {@return whether a granted path is granted in order to be written, on the host} */
  boolean isWritable(Path granted) {
    return readWrite.contains(granted);
  }

  /** {@return whether what is written at a granted path stays in the sandbox} */
  boolean isOverlay(Path granted) {
    return overlay.contains(granted);
  }

  /** {@return whether what lies at a granted path may be executed} */
  boolean isExecutable(Path granted) {
    if (readExecute.contains(granted)) {
      return true;
    }
    if (!readWrite.contains(granted) && !isOverlay(granted)) {
      return false;
    }
    Optional<Path> above = nearest(granted, granted(), true);
    return above.isPresent() && isExecutable(above.get());
  }

  /**
   * {@return whether something above a granted path says that it may be executed, although it may
   * not} Where rights add up, it can be.
   */
  boolean losesExecution(Path granted) {
    return !isExecutable(granted) && nearest(granted, readExecute, false).isPresent();
  }

  /**
   * {@return whether a granted path may be read and nothing else} What may be written and not
   * executed is no such path: a command that can write can make programs in memory as well.
   */
  boolean isOnlyRead(Path granted) {
    return !isExecutable(granted) && !isWritable(granted) && !isOverlay(granted);
  }

  /**
   * {@return the writable path in which a granted one lies that may not be written} Where rights
   * add up, it can be.
   */
  Optional<Path> writableAbove(Path granted) {
    if (isWritable(granted)) {
      return Optional.empty();
    }
    Optional<Path> writable = nearest(granted, readWrite, true);
    Optional<Path> closed = nearest(granted, blocked, true);
    // What is taken out of the writable path takes along all that lies in it.
    return writable.isPresent()
            && closed.isPresent()
            && closed.get().getNameCount() > writable.get().getNameCount()
        ? Optional.empty()
        : writable;
  }

  /** {@return what is granted inside of something that is blocked} */
  List<Path> openInBlocked() {
    return granted().stream()
        .filter(path -> nearest(path, blocked, true).isPresent() && !blocked.contains(path))
        .toList();
  }

  private static Optional<Path> nearest(Path path, List<Path> roots, boolean above) {
    Optional<Path> nearest = Optional.empty();
    for (Path root : roots) {
      if (path.startsWith(root)
          && !(above && path.equals(root))
          && (nearest.isEmpty() || root.startsWith(nearest.get()))) {
        nearest = Optional.of(root);
      }
    }
    return nearest;
  }
}
