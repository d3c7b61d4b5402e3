package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DescriptorNumbersTest {

  @Test
  void theLowestFreeNumberIsNext() {
    var numbers = new DescriptorNumbers(5);
    var a = Slot.named("a");
    var b = Slot.named("b");
    var c = Slot.named("c");
    assertEquals(5, numbers.open(a));
    assertEquals(6, numbers.open(b));
    assertEquals(7, numbers.open(c));
    numbers.close(b);
    numbers.close(a);
    assertEquals(5, numbers.open(b));
    assertEquals(6, numbers.open(a));
    assertEquals(5, numbers.number(b));
    assertEquals(7, numbers.number(c));
  }

  @Test
  void slotsOfOneNameAreNotTheSame() {
    var numbers = new DescriptorNumbers(4);
    assertEquals(4, numbers.open(Slot.named("x")));
    assertEquals(5, numbers.open(Slot.named("x")));
  }

  @Test
  void misuseIsAnError() {
    var numbers = new DescriptorNumbers(4);
    var slot = Slot.named("rules");
    assertThrows(IllegalStateException.class, () -> numbers.number(slot));
    assertThrows(IllegalStateException.class, () -> numbers.close(slot));
    numbers.open(slot);
    assertThrows(IllegalStateException.class, () -> numbers.open(slot));
    numbers.close(slot);
    assertThrows(IllegalStateException.class, () -> numbers.number(slot));
  }

  @Test
  void agreesWithAModelOfTheKernelsTable() {
    var random = new Random(7);
    var numbers = new DescriptorNumbers(5);
    var free = new TreeSet<Integer>();
    for (int i = 5; i < 300; i++) {
      free.add(i);
    }
    List<Slot> open = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      if (open.size() < 2 || (random.nextInt(5) < 3 && open.size() < 200)) {
        var slot = Slot.named("s" + i);
        assertEquals(free.pollFirst(), numbers.open(slot));
        open.add(slot);
      } else {
        Slot slot = open.remove(random.nextInt(open.size()));
        free.add(numbers.number(slot));
        numbers.close(slot);
      }
    }
  }

  /**
   * What the whole scheme stands on. Other threads open files too, so only the order is checked.
   */
  @Test
  @Tag("kernel")
  void theKernelHandsOutLowNumbersFirst() throws Exception {
    try (var pipe = Pipe.open()) {
      int lower = Math.min(pipe.read().number(), pipe.write().number());
      Fd first = pipe.read().number() == lower ? pipe.read() : pipe.write();
      first.close();
      try (var next = Pipe.open()) {
        assertEquals(lower, next.read().number());
      }
    }
  }
}
