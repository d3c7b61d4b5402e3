package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.seccomp_data;
import io.github.cofferdam.bindings.uapi.seccomp_notif;
import io.github.cofferdam.bindings.uapi.seccomp_notif_addfd;
import io.github.cofferdam.bindings.uapi.seccomp_notif_resp;
import io.github.cofferdam.bindings.uapi.seccomp_notif_sizes;
import io.github.cofferdam.bindings.uapi.sock_filter;
import io.github.cofferdam.bindings.uapi.sock_fprog;
import org.junit.jupiter.api.Test;

/** Layouts that are written by hand, against the generated ones. */
final class LayoutTest {
  @Test
  void seccompData() {
    assertEquals(seccomp_data.nr$offset(), SeccompData.NUMBER);
    assertEquals(seccomp_data.arch$offset(), SeccompData.ARCH);
    assertEquals(seccomp_data.args$offset(), SeccompData.ARGUMENTS);
    assertEquals(seccomp_data.sizeof(), SeccompData.SIZE);
    assertEquals(seccomp_data.sizeof(), SeccompData.low(5) + Long.BYTES);
    assertEquals(SeccompData.low(3) + 4, SeccompData.high(3));
  }

  @Test
  void sockFilter() {
    assertEquals(sock_filter.sizeof(), BpfInstruction.SIZE);
    assertEquals(0, sock_filter.code$offset());
    assertEquals(2, sock_filter.jt$offset());
    assertEquals(3, sock_filter.jf$offset());
    assertEquals(4, sock_filter.k$offset());
  }

  @Test
  void sockFprog() {
    assertEquals(sock_fprog.len$offset(), Installation.FPROG_LENGTH);
    assertEquals(sock_fprog.filter$offset(), Installation.FPROG_FILTER);
    assertEquals(sock_fprog.sizeof(), Installation.FPROG_SIZE);
  }

  @Test
  void dataWordsAreWhereTheKernelPutsThem() {
    var data = SeccompData.of(1, 2, 0x1_0000_0003L, 4, 5, 6, 7, 0x8_0000_0009L);
    assertEquals(1, data.word(SeccompData.NUMBER));
    assertEquals(2, data.word(SeccompData.ARCH));
    assertEquals(3, data.word(16));
    assertEquals(1, data.word(20));
    assertEquals(4, data.word(24));
    assertEquals(5, data.word(32));
    assertEquals(6, data.word(40));
    assertEquals(7, data.word(48));
    assertEquals(9, data.word(56));
    assertEquals(8, data.word(60));
  }

  @Test
  void flags() {
    assertEquals(Uapi.SECCOMP_FILTER_FLAG_LOG(), FilterFlag.LOG.bit());
    assertEquals(Uapi.SECCOMP_FILTER_FLAG_SPEC_ALLOW(), FilterFlag.SPEC_ALLOW.bit());
  }

  @Test
  void notification() {
    assertEquals(0, seccomp_notif.id$offset());
    assertEquals(8, seccomp_notif.pid$offset());
    assertEquals(Notification.DATA, seccomp_notif.data$offset());
    assertEquals(8, seccomp_data.instruction_pointer$offset());
    assertEquals(Notification.SIZE, seccomp_notif.sizeof());
  }

  @Test
  void response() {
    assertEquals(0, seccomp_notif_resp.id$offset());
    assertEquals(8, seccomp_notif_resp.val$offset());
    assertEquals(16, seccomp_notif_resp.error$offset());
    assertEquals(20, seccomp_notif_resp.flags$offset());
    assertEquals(Notification.RESPONSE_SIZE, seccomp_notif_resp.sizeof());
  }

  @Test
  void addedDescriptor() {
    assertEquals(0, seccomp_notif_addfd.id$offset());
    assertEquals(8, seccomp_notif_addfd.flags$offset());
    assertEquals(12, seccomp_notif_addfd.srcfd$offset());
    assertEquals(16, seccomp_notif_addfd.newfd$offset());
    assertEquals(20, seccomp_notif_addfd.newfd_flags$offset());
    assertEquals(Notification.ADD_SIZE, seccomp_notif_addfd.sizeof());
  }

  @Test
  void sizes() {
    assertEquals(0, seccomp_notif_sizes.seccomp_notif$offset());
    assertEquals(2, seccomp_notif_sizes.seccomp_notif_resp$offset());
    assertEquals(4, seccomp_notif_sizes.seccomp_data$offset());
    assertEquals(NotificationSizes.SIZE, seccomp_notif_sizes.sizeof());
  }
}
