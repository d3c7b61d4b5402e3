package io.github.cofferdam.namespaces;

import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.namespaces.RootLayout.Bound;
import io.github.cofferdam.namespaces.RootLayout.Cover;
import io.github.cofferdam.namespaces.RootLayout.Pin;
import java.util.Optional;

/**
 * What is done differently with each {@link MountApi} when a root is made, one implementation each:
 * {@link TreeMounts}, {@link ClassicMounts}.
 */
interface MountCalls {
  /** {@return where an absolute path of the sandbox is found while the root is made} */
  String at(String path);

  /** {@return a descriptor of what is to be bound}, opened while paths are those of the host. */
  Slot openSource(Bound bound);

  /**
   * {@return a descriptor of an overlay that has been mounted in the store, to be attached} Nothing
   * of that mount is seen in the end.
   *
   * @param path of the overlay, as {@link #at} takes it
   */
  Slot openOverlay(Bound bound, String path);

  /**
   * Said before anything is attached, covered or pinned.
   *
   * @param coversFiles whether files will be covered
   */
  void begin(boolean coversFiles);

  /**
   * Said when all is attached, covered and pinned: the working directory is what it was before.
   *
   * @param any whether there was anything
   */
  void end(boolean any);

  void attach(Bound bound, Slot source, String purpose);

  /** With all that is mounted beneath it already, which the copy would hide. */
  void pin(Pin pin, String purpose);

  /**
   * Covers a path.
   *
   * @param devices a directory with devices, if files are covered
   */
  void cover(Cover cover, String path, Optional<Slot> devices);

  /** Seals what hides a file or directory in {@code /proc}, if that is to be done one by one. */
  void sealMask(String path);

  /** Seals all that hides something in {@code /proc} of an empty root, if it is not yet. */
  void sealMasks();

  /** Makes an empty root read-only, but for what is {@linkplain #reopen opened again}. */
  void sealStore();

  /** Gives all mounts of the host attributes, but for what replaces some of them. */
  void sealHost(long attributes);

  /** Makes one mount writable if all were sealed together. */
  void reopen(String path);
}
