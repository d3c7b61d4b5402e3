package io.github.cofferdam.confinement;

import io.github.cofferdam.cgroup.Cgroup;
import io.github.cofferdam.cgroup.CgroupLimits;
import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.cgroup.CgroupResource;
import io.github.cofferdam.cgroup.CgroupVerdict;
import io.github.cofferdam.cgroup.IoLimit;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.policy.TreeLimits;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A control group of this host. */
record ControlGroup(Cgroup group) implements LimitGroup {
  /** {@return a group for what is to be limited; {@link LimitGroup#NONE} if nothing takes one} */
  static LimitGroup make(TreeLimits limits) throws IOException {
    CgroupLimits wanted = wanted(limits);
    return wanted.resources().isEmpty() ? NONE : new ControlGroup(Cgroup.create(wanted));
  }

  /** A limit and the resource that a group limits for it have the same name. */
  private static CgroupLimits wanted(TreeLimits limits) throws IOException {
    CgroupLimits.Builder builder = CgroupLimits.builder();
    for (Map.Entry<TreeLimit, Long> limit : limits.values().entrySet()) {
      Optional<CgroupResource> resource = CgroupResource.of(limit.getKey().key());
      resource.ifPresent(one -> builder.limit(one, limit.getValue()));
      if (limit.getKey() == TreeLimit.MEMORY) {
        builder.swap(0);
      }
    }
    OptionalLong read = limits.of(TreeLimit.IO_READ);
    OptionalLong write = limits.of(TreeLimit.IO_WRITE);
    if (read.isPresent() || write.isPresent()) {
      for (String disk : disks()) {
        builder.io(new IoLimit(disk, read, write));
      }
    }
    return builder.build();
  }

  /** The machine's block devices, partitions not among them, as {@code major:minor}. */
  private static List<String> disks() throws IOException {
    var disks = new ArrayList<String>();
    Path all = Path.of("/sys/block");
    if (!Files.isDirectory(all)) {
      return disks;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(all)) {
      for (Path disk : entries) {
        disks.add(Files.readString(disk.resolve("dev")).strip());
      }
    }
    return disks;
  }

  @Override
  public boolean exists() {
    return true;
  }

  @Override
  public boolean limits(CgroupResource resource) {
    return group.limits().resources().contains(resource);
  }

  @Override
  public CgroupVerdict verdict(CgroupResource resource) {
    return group.verdict(resource);
  }

  @Override
  public SetupProgram open() {
    return group.openProgram();
  }

  @Override
  public SetupProgram enter() {
    return group.enterProgram();
  }

  @Override
  public CgroupReading reading() throws IOException {
    return group.reading();
  }

  @Override
  public boolean endsTheTree() {
    return !group.directories().isEmpty();
  }

  @Override
  public void close() throws IOException {
    group.close();
  }
}
