package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SyscallSetTest {
  /** Those that are made of others. */
  private static final Set<String> COMPOSED =
      Set.of("@file-system", "@network", "@runtime", "@dangerous", "@unseen");

  /** A call that a newer kernel brings stands nowhere: where it belongs is to be decided here. */
  @Test
  void everyCallOfTheTableStandsInExactlyOneSet() {
    var places = new TreeMap<String, List<String>>();
    for (Arch arch : Arch.values()) {
      SyscallTable.numbers(arch).keySet().forEach(name -> places.put(name, new ArrayList<>()));
    }
    for (Map.Entry<String, SyscallSet> set : SyscallSet.all().entrySet()) {
      if (!COMPOSED.contains(set.getKey())) {
        for (String name : set.getValue()) {
          assertTrue(places.containsKey(name), () -> set.getKey() + " has an unknown " + name);
          places.computeIfAbsent(name, unknown -> new ArrayList<>()).add(set.getKey());
        }
      }
    }
    places.forEach((name, sets) -> assertEquals(1, sets.size(), name + " stands in " + sets));
  }

  @Test
  void composedSetsAreMadeOfWholeOnes() {
    for (String composed : Set.of("@file-system", "@network", "@runtime", "@dangerous")) {
      SyscallSet whole = SyscallSet.of(composed);
      SyscallSet parts = SyscallSet.of();
      for (Map.Entry<String, SyscallSet> set : SyscallSet.all().entrySet()) {
        if (!COMPOSED.contains(set.getKey()) && whole.names().containsAll(set.getValue().names())) {
          parts = parts.plus(set.getValue());
        }
      }
      assertEquals(whole, parts, composed);
    }
    assertEquals(
        SyscallSet.of("clone3", "openat2", "io_uring_setup", "io_uring_enter", "io_uring_register"),
        SyscallSet.UNSEEN);
  }

  @Test
  void namesAreThoseOfTheConstants() throws Exception {
    for (Map.Entry<String, SyscallSet> set : SyscallSet.all().entrySet()) {
      String constant = set.getKey().substring(1).toUpperCase(Locale.ROOT);
      assertEquals(set.getValue(), SyscallSet.class.getField(constant.replace('-', '_')).get(null));
      assertEquals(set.getValue(), SyscallSet.of(set.getKey()));
    }
  }

  @Test
  void setsCanBeJoinedAndTakenApart() {
    SyscallSet set = SyscallSet.of("write", "read", "@swap", "read");
    assertEquals(List.of("write", "read", "swapon", "swapoff"), List.copyOf(set.names()));
    assertEquals(SyscallSet.of("swapoff", "swapon", "read", "write"), set);
    assertEquals(SyscallSet.of("swapoff", "swapon", "read", "write").hashCode(), set.hashCode());
    assertEquals("[swapon, swapoff]", set.minus("read", "write", "close").toString());
    assertEquals(SyscallSet.of("read", "write"), set.minus(SyscallSet.SWAP));
    assertEquals(set, SyscallSet.SWAP.plus("write", "read"));
    assertEquals(set, SyscallSet.SWAP.plus(SyscallSet.of("write"), SyscallSet.of("read")));
    assertTrue(set.contains("read") && !set.contains("close"));
    assertFalse(SyscallSet.of().iterator().hasNext());
  }

  @Test
  void nothingCanBeChangedFromOutside() {
    var names = SyscallSet.SWAP.names().iterator();
    names.next();
    assertThrows(UnsupportedOperationException.class, names::remove);
    assertThrows(UnsupportedOperationException.class, SyscallSet.all()::clear);
  }

  @Test
  void misspeltNamesAreErrors() {
    for (String name : new String[] {"raed", "", "@", "@swap ", "READ"}) {
      assertThrows(IllegalArgumentException.class, () -> SyscallSet.of(name), name);
      assertThrows(IllegalArgumentException.class, () -> SyscallSet.SWAP.minus(name), name);
    }
  }

  /** What systemd thinks dangerous, by the names of its sets, cannot have been forgotten here. */
  @Test
  void systemdsDangerousSetsAreDangerousHere() throws Exception {
    SystemdSets sets = SystemdSets.read();
    for (String set :
        List.of(
            "@mount",
            "@module",
            "@debug",
            "@reboot",
            "@swap",
            "@keyring",
            "@raw-io",
            "@clock",
            "@cpu-emulation")) {
      for (String name : known(sets.of(set))) {
        assertTrue(SyscallSet.DANGEROUS.contains(name), set + " has " + name);
      }
    }
    assertWithin(sets, "@privileged", "@dangerous", "@credentials", "@file-metadata");
    assertWithin(
        sets, "@obsolete", "@unimplemented", "@removed", "@legacy", "@clock-set", "@signal");
  }

  /** Two people who read the same manual pages. */
  @Test
  void systemdGroupsAlike() throws Exception {
    SystemdSets sets = SystemdSets.read();
    assertWithin(sets, "@module", "@module");
    assertWithin(sets, "@keyring", "@keyring");
    assertWithin(sets, "@swap", "@swap");
    assertWithin(sets, "@reboot", "@reboot");
    assertWithin(sets, "@aio", "@aio", "@io-uring");
    assertWithin(sets, "@io-event", "@io-event", "@unimplemented");
    assertWithin(sets, "@basic-io", "@basic-io");
    assertWithin(sets, "@chown", "@file-metadata");
    assertWithin(sets, "@file-system", "@file-system", "@basic-io");
    assertWithin(sets, "@memlock", "@memory");
    assertWithin(sets, "@pkey", "@memory");
    assertWithin(sets, "@network-io", "@network", "@multiplexed");
    assertWithin(sets, "@setuid", "@credentials");
    assertWithin(sets, "@signal", "@signal");
    assertWithin(sets, "@sync", "@file-sync", "@memory");
    assertWithin(sets, "@timer", "@timer", "@resources");
    assertWithin(
        sets, "@ipc", "@ipc", "@multiplexed", "@memory", "@basic-io", "@other-process", "@debug");
    assertWithin(sets, "@process", "@process", "@signal", "@resources", "@identity", "@namespace");
    assertWithin(sets, "@resources", "@resources", "@scheduling", "@numa", "@other-process");
  }

  private static void assertWithin(SystemdSets sets, String theirs, String... ours) {
    var left = new TreeSet<String>(known(sets.of(theirs)));
    assertFalse(left.isEmpty(), theirs);
    left.removeAll(SyscallSet.of(ours).names());
    assertEquals(Set.of(), left, theirs);
  }

  private static Set<String> known(Set<String> names) {
    var known = new TreeSet<String>();
    for (String name : names) {
      for (Arch arch : Arch.values()) {
        if (SyscallTable.number(arch, name).isPresent()) {
          known.add(name);
        }
      }
    }
    return known;
  }
}
