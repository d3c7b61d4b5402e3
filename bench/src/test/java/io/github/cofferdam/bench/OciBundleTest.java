package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OciBundleTest {
  @TempDir private Path folder;

  private Path program() throws Exception {
    return Files.write(folder.resolve("program"), new byte[] {1, 2, 3});
  }

  private static JsonNode config(Path bundle) throws Exception {
    return JsonMapper.shared().readTree(Files.readString(bundle.resolve("config.json")));
  }

  private static List<String> namespaces(JsonNode config) {
    var types = new ArrayList<String>();
    config.at("/linux/namespaces").forEach(each -> types.add(each.get("type").asString()));
    return types;
  }

  @Test
  void aContainerOfThisUserHasSixNamespaces() throws Exception {
    Path bundle = folder.resolve("own");
    OciBundle.create(bundle, program(), 1000, 1001);
    JsonNode config = config(bundle);
    assertEquals(List.of("pid", "network", "ipc", "uts", "mount", "user"), namespaces(config));
    assertEquals(1000, config.at("/linux/uidMappings/0/hostID").asInt());
    assertEquals(1001, config.at("/linux/gidMappings/0/hostID").asInt());
    assertEquals(0, config.at("/linux/uidMappings/0/containerID").asInt());
    assertEquals(0, config.at("/process/capabilities/effective").size());
    assertTrue(config.at("/process/noNewPrivileges").asBoolean());
    assertTrue(config.get("root").get("readonly").asBoolean());
    Path root = bundle.resolve(config.get("root").get("path").asString());
    Path target = root.resolve(config.at("/process/args/0").asString().substring(1));
    assertArrayEquals(Files.readAllBytes(program()), Files.readAllBytes(target));
    assertTrue(Files.isExecutable(target));
    for (JsonNode mount : config.get("mounts")) {
      assertTrue(Files.isDirectory(root.resolve(mount.get("destination").asString().substring(1))));
    }
  }

  @Test
  void oneWithoutAUserNamespaceMapsNobody() throws Exception {
    Path bundle = folder.resolve("host");
    OciBundle.create(bundle, program());
    JsonNode config = config(bundle);
    assertEquals(List.of("pid", "network", "ipc", "uts", "mount"), namespaces(config));
    assertFalse(config.get("linux").has("uidMappings"));
  }
}
