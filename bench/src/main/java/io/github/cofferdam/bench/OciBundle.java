package io.github.cofferdam.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A container for a program that needs no other file, as the runtime specification of the Open
 * Container Initiative has it: a folder with {@code config.json} and the container's root.
 *
 * @see <a href="https://github.com/opencontainers/runtime-spec/blob/main/config.md">config.json</a>
 */
final class OciBundle {
  /** The program, within the container. */
  static final String TARGET = "/target";

  private static final String USER_NAMESPACE = ", {\"type\": \"user\"}";

  private OciBundle() {}

  /** Makes a bundle whose user 0 is the user and group of these ids outside. */
  static void create(Path folder, Path program, long user, long group) throws IOException {
    String maps =
        """
        ,
            "uidMappings": [{"containerID": 0, "hostID": %d, "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": %d, "size": 1}]\
        """
            .formatted(user, group);
    create(folder, program, USER_NAMESPACE, maps);
  }

  /** Makes a bundle without a user namespace. */
  static void create(Path folder, Path program) throws IOException {
    create(folder, program, "", "");
  }

  private static void create(Path folder, Path program, String userNamespace, String maps)
      throws IOException {
    Path root = Files.createDirectories(folder.resolve("rootfs"));
    Files.createDirectory(root.resolve("proc"));
    Files.createDirectory(root.resolve("dev"));
    Path target = Files.copy(program, root.resolve(TARGET.substring(1)));
    // The user that runs it may be nobody in particular.
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    String config =
        """
        {
          "ociVersion": "1.0.2",
          "process": {
            "terminal": false,
            "user": {"uid": 0, "gid": 0},
            "args": ["%s"],
            "env": ["PATH=/"],
            "cwd": "/",
            "capabilities": {
              "bounding": [], "effective": [], "inheritable": [], "permitted": [], "ambient": []
            },
            "noNewPrivileges": true
          },
          "root": {"path": "rootfs", "readonly": true},
          "hostname": "bench",
          "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {
              "destination": "/dev",
              "type": "tmpfs",
              "source": "tmpfs",
              "options": ["nosuid", "mode=755"]
            }
          ],
          "linux": {
            "namespaces": [
              {"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"},
              {"type": "mount"}%s
            ]%s
          }
        }
        """
            .formatted(TARGET, userNamespace, maps);
    Files.writeString(folder.resolve("config.json"), config);
  }
}
