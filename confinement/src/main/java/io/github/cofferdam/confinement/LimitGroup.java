package io.github.cofferdam.confinement;

import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.cgroup.CgroupResource;
import io.github.cofferdam.cgroup.CgroupVerdict;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.policy.TreeLimits;
import java.io.IOException;

/** What a control group does for a run: this host's, or a test's model of one. */
interface LimitGroup extends AutoCloseable {
  /** Makes a group for what is to be limited. */
  @FunctionalInterface
  interface Maker {
    /**
     * {@return a group for those of the limits that need one}
     *
     * @throws IOException if what this host has cannot be read
     */
    LimitGroup make(TreeLimits limits) throws IOException;
  }

  /** A run without any. */
  LimitGroup NONE =
      new LimitGroup() {
        @Override
        public boolean exists() {
          return false;
        }

        @Override
        public boolean limits(CgroupResource resource) {
          return false;
        }

        @Override
        public CgroupVerdict verdict(CgroupResource resource) {
          throw new IllegalArgumentException(resource + " is not limited");
        }

        @Override
        public SetupProgram open() {
          return SetupProgram.empty();
        }

        @Override
        public SetupProgram enter() {
          return SetupProgram.empty();
        }

        @Override
        public CgroupReading reading() {
          return CgroupReading.NONE;
        }

        @Override
        public boolean endsTheTree() {
          return false;
        }

        @Override
        public void close() {
          // There is nothing to give back.
        }
      };

  /** Whether anything was made for this run alone. */
  boolean exists();

  /** Whether it was made for a resource. */
  boolean limits(CgroupResource resource);

  /** {@return whether it limits a resource that it was made for, and by what} */
  CgroupVerdict verdict(CgroupResource resource);

  /** What the launcher does first of all, while it sees the host's files. */
  SetupProgram open();

  /** How the command's process enters it. */
  SetupProgram enter();

  /** {@return what it has counted} */
  CgroupReading reading() throws IOException;

  /** Whether there is one, which ends whatever is left of the tree. */
  boolean endsTheTree();

  /** Ends what is still in it, and removes it. */
  @Override
  void close() throws IOException;
}
