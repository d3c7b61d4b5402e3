package io.github.cofferdam.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.uapi.nlmsgerr;
import io.github.cofferdam.bindings.uapi.nlmsghdr;
import io.github.cofferdam.bindings.uapi.sockaddr_nl;
import org.junit.jupiter.api.Test;

/** Layouts that are written by hand, against the generated ones. */
class LayoutTest {
  @Test
  void theKernelsAddress() {
    assertEquals(sockaddr_nl.sizeof(), KernelAudit.ADDRESS);
    assertEquals(0, sockaddr_nl.nl_family$offset());
  }

  @Test
  void whatIsAskedAndAnswered() {
    assertEquals(nlmsghdr.sizeof(), KernelAudit.HEADER);
    assertEquals(0, nlmsghdr.nlmsg_len$offset());
    assertEquals(nlmsghdr.nlmsg_type$offset(), KernelAudit.TYPE);
    assertEquals(nlmsghdr.nlmsg_flags$offset(), KernelAudit.FLAGS);
    // The number stands at the beginning of what follows the header.
    assertEquals(0, nlmsgerr.error$offset());
  }
}
