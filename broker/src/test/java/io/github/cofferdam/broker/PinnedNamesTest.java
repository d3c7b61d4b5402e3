package io.github.cofferdam.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.policy.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What was told stays, until there is too much of it. */
class PinnedNamesTest {
  private static IpAddress address(int number) {
    return new IpAddress(1, number);
  }

  @Test
  void anAddressHasTheNamesThatItWasToldFor() {
    var pinned = new PinnedNames();
    pinned.pin("a.example.org", address(1));
    pinned.pin("b.example.org", address(1));
    pinned.pin("a.example.org", address(2));
    pinned.pin("a.example.org", address(1));
    assertEquals(List.of("b.example.org", "a.example.org"), pinned.namesOf(address(1)));
    assertEquals(List.of("a.example.org"), pinned.namesOf(address(2)));
    assertEquals(List.of(), pinned.namesOf(address(3)));
  }

  @Test
  void theLongestUnusedLeavesFirst() {
    var pinned = new PinnedNames();
    for (int i = 0; i < 4096; i++) {
      pinned.pin("a", address(i));
    }
    assertEquals(List.of("a"), pinned.namesOf(address(0)));
    pinned.pin("a", address(4096));
    assertEquals(List.of("a"), pinned.namesOf(address(0)));
    assertEquals(List.of(), pinned.namesOf(address(1)));
    assertEquals(List.of("a"), pinned.namesOf(address(2)));
    assertEquals(List.of("a"), pinned.namesOf(address(4096)));
  }

  @Test
  void namesAreBoundedToo() {
    var pinned = new PinnedNames();
    for (int i = 0; i < 100; i++) {
      pinned.pin("n" + i, address(0));
    }
    List<String> names = pinned.namesOf(address(0));
    assertEquals(64, names.size());
    assertEquals("n99", names.getLast());
    int left = 0;
    for (int i = 1; i <= 256; i++) {
      for (int n = 0; n < 64; n++) {
        pinned.pin("n" + n, address(i));
      }
    }
    for (int i = 0; i <= 256; i++) {
      left += pinned.namesOf(address(i)).size();
    }
    assertEquals(8192, left);
    assertEquals(64, pinned.namesOf(address(256)).size());
    assertEquals(List.of(), pinned.namesOf(address(0)));
  }

  @Test
  void severalThreadsMayUseIt() throws InterruptedException {
    var pinned = new PinnedNames();
    var begin = new CountDownLatch(1);
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      String name = "t" + t;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                awaitUninterruptibly(begin);
                for (int i = 0; i < 1000; i++) {
                  pinned.pin(name, address(i));
                  pinned.namesOf(address(i));
                }
              }));
    }
    begin.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    for (int i = 0; i < 1000; i++) {
      assertEquals(4, pinned.namesOf(address(i)).size());
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
