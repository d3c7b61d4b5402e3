package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * An image's memfd: written for the first start and gone with it, since most plans are started
 * once; from the second start on it is kept as long as the plan can be reached.
 */
final class ImageMemory {
  private final byte[] image;
  private boolean used;
  private @Nullable Fd kept;

  /** Started with the first plan that is started twice. */
  private static final class Cleaning {
    static final Cleaner CLEANER = Cleaner.create();

    private Cleaning() {}
  }

  ImageMemory(byte[] image) {
    this.image = image;
  }

  /** {@return the file}, to be given to {@link #done} after the start. */
  synchronized Fd open() throws KernelException {
    if (kept == null) {
      Fd file = ImageFile.inMemory(image);
      if (used) {
        kept = file;
        Cleaning.CLEANER.register(this, file::close);
      }
      used = true;
      return file;
    }
    return kept;
  }

  synchronized void done(Fd file) {
    if (!file.equals(kept)) {
      file.close();
    }
  }
}
