package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.policy.Protection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Attempts against each {@link Protection}, as a Python script that can be run in a sandbox and
 * without one. Each line that it prints is a protection, an attempt, and {@code through} or {@code
 * held}, with the reason.
 */
final class ProtectionAttempts {
  private static final List<String> CALLS =
      List.of(
          "add_key",
          "bpf",
          "io_uring_setup",
          "mount",
          "perf_event_open",
          "pidfd_open",
          "pidfd_send_signal",
          "prctl",
          "prlimit64",
          "process_vm_readv",
          "ptrace",
          "rt_sigqueueinfo",
          "setrlimit",
          "tgkill",
          "unshare",
          "userfaultfd");

  /**
   * Somebody outside, who can be talked to, signalled and written to. Says where on one line, and
   * stays until its input ends.
   */
  static final String BYSTANDER =
      """
      import ctypes, os, socket, sys
      directory = sys.argv[1]
      buffer = ctypes.create_string_buffer(b'untouched')
      def bound(family, kind, address):
          one = socket.socket(family, kind)
          one.bind(address)
          if kind == socket.SOCK_STREAM: one.listen(64)
          return one
      stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
      tcp = bound(socket.AF_INET, stream, ('127.0.0.1', 0))
      udp = bound(socket.AF_INET, datagram, ('127.0.0.1', 0))
      try: tcp6 = bound(socket.AF_INET6, stream, ('::1', 0))
      except OSError: tcp6 = tcp
      name = 'cofferdam-%d' % os.getpid()
      keep = [bound(socket.AF_UNIX, stream, directory + '/stream'),
              bound(socket.AF_UNIX, datagram, directory + '/datagram'),
              bound(socket.AF_UNIX, stream, '\\0' + name + '-stream'),
              bound(socket.AF_UNIX, datagram, '\\0' + name + '-datagram')]
      def port(one): return one.getsockname()[1]
      print('tcp=%d udp=%d tcp6=%d abstract=%s pid=%d buffer=%d' % (
          port(tcp), port(udp), port(tcp6), name, os.getpid(), ctypes.addressof(buffer)), flush=True)
      sys.stdin.read()
      """;

  /** What the script begins with; its parameters are {@code name=value}. */
  private static final String PRELUDE =
      """
      import ctypes, errno, fcntl, os, resource, signal, socket, sys, termios
      facts = dict(word.split('=', 1) for word in sys.argv[1:])
      outside, work, sockets = facts['outside'], facts['work'], facts['sockets']
      pid, buffer = int(facts['pid']), int(facts['buffer'])
      libc = ctypes.CDLL(None, use_errno=True)
      libc.syscall.restype = ctypes.c_long
      HELD = object()
      def call(name, *arguments):
          ctypes.set_errno(0)
          result = libc.syscall(ctypes.c_long(int(facts[name])), *[
              ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
          if result == -1:
              raise OSError(ctypes.get_errno(), '')
          return result
      def attempt(name, action):
          try:
              said = 'held' if action() is HELD else 'through'
          except (OSError, ValueError) as e:
              number = getattr(e, 'errno', None)
              said = 'held ' + (errno.errorcode[number] if number else repr(e))
          print(protection, name, said, flush=True)
      def status(name):
          with open('/proc/self/status') as lines:
              return [line.split()[1] for line in lines if line.startswith(name + ':')][0]
      def append(path):
          with open(path, 'a') as file: file.write('overwritten')
      def connect(family, kind, address):
          with socket.socket(family, kind) as one:
              one.settimeout(5)
              one.connect(address)
              one.send(b'hello')
      """;

  private static final Map<Protection, String> SCRIPTS = scripts();

  private ProtectionAttempts() {}

  private static Map<Protection, String> scripts() {
    var scripts = new EnumMap<Protection, String>(Protection.class);
    scripts.put(
        Protection.FILESYSTEM,
        """
        secret = outside + '/blocked/secret'
        attempt('read_blocked', lambda: open(secret).read())
        attempt('read_blocked_through_proc', lambda: open('/proc/self/root' + secret).read())
        attempt('list_blocked', lambda: os.listdir(outside + '/blocked'))
        attempt('write', lambda: append(outside + '/file'))
        attempt('create', lambda: open(outside + '/new', 'x'))
        attempt('make_directory', lambda: os.mkdir(outside + '/made'))
        attempt('remove', lambda: os.unlink(outside + '/victim'))
        attempt('rename', lambda: os.rename(outside + '/old', outside + '/renamed'))
        attempt('write_through_proc', lambda: append('/proc/self/root' + outside + '/file'))
        def through_link(make, name):
            make(outside + '/file', work + '/' + name)
            append(work + '/' + name)
        attempt('write_through_link', lambda: through_link(os.symlink, 'soft'))
        attempt('write_through_hard_link', lambda: through_link(os.link, 'hard'))
        """);
    scripts.put(
        Protection.PROTECTED_NAMES,
        """
        protected = work + '/protected'
        attempt('write', lambda: append(protected + '/file'))
        attempt('write_through_proc', lambda: append('/proc/self/root' + protected + '/file'))
        attempt('create', lambda: open(protected + '/new', 'x'))
        attempt('replace', lambda: through_link(os.symlink, 'protected/soft'))
        attempt('remove', lambda: os.unlink(protected + '/file'))
        attempt('move', lambda: os.rename(protected, work + '/moved'))
        """);
    scripts.put(
        Protection.TRUNCATE,
        """
        attempt('truncate', lambda: os.truncate(outside + '/file', 1))
        attempt('open', lambda: os.open(outside + '/file', os.O_RDONLY | os.O_TRUNC))
        """);
    scripts.put(
        Protection.METADATA,
        """
        metadata = outside + '/metadata'
        descriptor = os.open(metadata, os.O_RDONLY)
        attempt('chmod', lambda: os.chmod(metadata, 0o700))
        attempt('fchmod', lambda: os.fchmod(descriptor, 0o701))
        attempt('chmod_through_proc', lambda: os.chmod('/proc/self/fd/%d' % descriptor, 0o702))
        attempt('chown', lambda: os.chown(metadata, os.getuid(), os.getgid()))
        attempt('utime', lambda: os.utime(metadata, (1, 1)))
        attempt('setxattr', lambda: os.setxattr(metadata, 'user.cofferdam', b'x'))
        """);
    scripts.put(
        Protection.DEVICE_IOCTL,
        """
        def command(number, path, argument=b'\\0' * 64):
            device = os.open(path, os.O_RDONLY | os.O_NOCTTY)
            fcntl.ioctl(device, number, argument)
        attempt('modes', lambda: command(termios.TCGETS, facts['terminal']))
        attempt('size', lambda: command(termios.TIOCGWINSZ, facts['terminal']))
        attempt('flush', lambda: command(termios.TCFLSH, facts['terminal'], 0))
        """);
    scripts.put(
        Protection.NETWORK,
        """
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        attempt('tcp', lambda: connect(
            socket.AF_INET, stream, ('127.0.0.1', int(facts['tcp']))))
        attempt('udp', lambda: connect(
            socket.AF_INET, datagram, ('127.0.0.1', int(facts['udp']))))
        attempt('tcp6', lambda: connect(socket.AF_INET6, stream, ('::1', int(facts['tcp6']))))
        attempt('packet', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
        """);
    // Whoever has a route there waits for an answer, and whoever has none is told so: both were not
    // kept from it.
    scripts.put(
        Protection.CLOUD_METADATA,
        """
        def service(family, address, port=80):
            with socket.socket(family, stream) as one:
                one.setblocking(False)
                number = one.connect_ex((address, port))
                if number in (errno.EACCES, errno.EPERM): raise OSError(number, '')
        attempt('most_clouds', lambda: service(socket.AF_INET, '169.254.169.254'))
        attempt('containers', lambda: service(socket.AF_INET, '169.254.170.2'))
        attempt('other_port', lambda: service(socket.AF_INET, '169.254.169.254', 8080))
        attempt('mapped', lambda: service(socket.AF_INET6, '::ffff:169.254.169.254'))
        attempt('translated', lambda: service(socket.AF_INET6, '64:ff9b::169.254.169.254'))
        attempt('six', lambda: service(socket.AF_INET6, 'fd00:ec2::254'))
        def by_fast_open():
            with socket.socket(socket.AF_INET, stream) as one:
                one.setblocking(False)
                try: one.sendto(b'GET / HTTP/1.0', 0x20000000, ('169.254.169.254', 80))
                except BlockingIOError: pass
        attempt('fast_open', by_fast_open)
        """);
    scripts.put(
        Protection.UNIX_SOCKETS,
        """
        attempt('stream', lambda: connect(socket.AF_UNIX, stream, sockets + '/stream'))
        attempt('datagram', lambda: connect(socket.AF_UNIX, datagram, sockets + '/datagram'))
        def pair():
            one, other = socket.socketpair(socket.AF_UNIX, datagram)
            one.sendto(b'hello', sockets + '/datagram')
        attempt('datagram_from_pair', pair)
        """);
    scripts.put(
        Protection.ABSTRACT_SOCKETS,
        """
        name = '\\0' + facts['abstract']
        attempt('stream', lambda: connect(socket.AF_UNIX, stream, name + '-stream'))
        attempt('datagram', lambda: connect(socket.AF_UNIX, datagram, name + '-datagram'))
        """);
    scripts.put(
        Protection.SIGNALS,
        """
        attempt('probe', lambda: os.kill(pid, 0))
        attempt('kill', lambda: os.kill(pid, signal.SIGCONT))
        attempt('thread', lambda: call('tgkill', pid, pid, signal.SIGCONT))
        information = ctypes.create_string_buffer(128)
        information[8] = 0xff  # si_code SI_QUEUE
        information[9] = information[10] = information[11] = 0xff
        attempt('queue', lambda: call('rt_sigqueueinfo', pid, signal.SIGCONT, information))
        attempt('pidfd', lambda: call(
            'pidfd_send_signal', call('pidfd_open', pid, 0), signal.SIGCONT, None, 0))
        attempt('virtual_machine', lambda: os.kill(int(facts['machine']), 0))
        """);
    scripts.put(
        Protection.PROCESSES,
        """
        attempt('environment', lambda: open('/proc/%d/environ' % pid, 'rb').read(1))
        attempt('memory', lambda: open('/proc/%d/mem' % pid, 'r+b').close())
        attempt('limits', lambda: resource.prlimit(pid, resource.RLIMIT_MSGQUEUE, (0, 0)))
        attempt('priority', lambda: os.setpriority(os.PRIO_PROCESS, pid, 1))
        attempt('processors', lambda: os.sched_setaffinity(pid, os.sched_getaffinity(0)))
        def adjust():
            with open('/proc/%d/oom_score_adj' % pid, 'w') as file: file.write('1')
        attempt('oom_score_adj', adjust)
        """);
    scripts.put(
        Protection.SYSCALLS,
        """
        def memory(path):
            with open(path, 'r+b', 0) as file:
                file.seek(buffer)
                file.write(b'overtaken')
        attempt('memory', lambda: memory('/proc/%d/mem' % pid))
        class Vector(ctypes.Structure):
            _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]
        local = ctypes.create_string_buffer(16)
        here = Vector(ctypes.addressof(local), 9)
        there = Vector(buffer, 9)
        attempt('process_vm_readv', lambda: call(
            'process_vm_readv', pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
        def in_child(action):
            child = os.fork()
            if child == 0:
                try: action()
                except OSError as e: os._exit(e.errno)
                os._exit(0)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code != 0: raise OSError(code, '')
        attempt('unshare', lambda: in_child(lambda: call('unshare', 0x10000000)))
        attempt('ptrace', lambda: in_child(lambda: call('ptrace', 0, 0, 0, 0)))
        attempt('add_key', lambda: call('add_key', b'user', b'cofferdam', b'x', 1, -2))
        attempt('userfaultfd', lambda: call('userfaultfd', 1))
        parameters = ctypes.create_string_buffer(256)
        attempt('io_uring', lambda: call('io_uring_setup', 1, parameters))
        attempt('bpf', lambda: call('bpf', 0, ctypes.create_string_buffer(
            (2).to_bytes(4, 'little') + (4).to_bytes(4, 'little') * 2
            + (1).to_bytes(4, 'little'), 128), 128))
        event = ctypes.create_string_buffer(
            (1).to_bytes(4, 'little') + (112).to_bytes(4, 'little') + b'\\0' * 32
            + (0x61).to_bytes(8, 'little'), 112)
        attempt('perf_event_open', lambda: call('perf_event_open', event, 0, -1, -1, 0))
        attempt('mount', lambda: in_child(lambda: call(
            'unshare', 0x10020000) or call('mount', b'x', work.encode(), b'tmpfs', 0, None)))
        """);
    scripts.put(
        Protection.CAPABILITIES,
        """
        attempt('has_some', lambda: HELD if int(status('CapEff'), 16) == 0
            and int(status('CapPrm'), 16) == 0 else None)
        attempt('read_against_mode', lambda: open(outside + '/no-mode').read())
        attempt('change_root', lambda: in_child(lambda: os.chroot(work)))
        attempt('host_name', lambda: in_child(lambda: socket.sethostname(socket.gethostname())))
        """);
    scripts.put(
        Protection.NO_NEW_PRIVILEGES,
        """
        attempt('bit', lambda: HELD if call('prctl', 39, 0, 0, 0, 0) == 1 else None)
        def set_user_id():
            out, into = os.pipe()
            child = os.posix_spawn(facts['setuid'], ['id', '-u'], {}, file_actions=[
                (os.POSIX_SPAWN_DUP2, into, 1)])
            os.close(into)
            os.waitpid(child, 0)
            return None if os.read(out, 100) == b'65534\\n' != b'%d\\n' % os.getuid() else HELD
        attempt('set_user_id', set_user_id)
        """);
    scripts.put(
        Protection.NAMESPACES,
        """
        for kind in 'user', 'pid', 'mnt', 'ipc', 'uts':
            attempt(kind, lambda: None
                if os.readlink('/proc/self/ns/' + kind) in facts['namespaces'] else HELD)
        """);
    scripts.put(
        Protection.LIMITS,
        """
        def open_many():
            many = []
            try:
                for i in range(100): many.append(os.open('/dev/null', os.O_RDONLY))
            finally:
                for one in many: os.close(one)
        attempt('open_files', open_many)
        attempt('raise', lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
        """);
    // Looked for when the run has ended: see ReportedProtectionsTest.
    scripts.put(Protection.TREE_KILL, "");
    scripts.put(
        Protection.DESCRIPTORS,
        """
        attempt('inherited', lambda: os.fstat(int(facts['descriptor'])))
        """);
    scripts.put(
        Protection.ENVIRONMENT,
        """
        for name in 'AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN', 'JAVA_TOOL_OPTIONS':
            attempt(name, lambda: None if name in os.environ else HELD)
        """);
    // Where a virtual machine lies in the command's reach: see VirtualMachineReachTest.
    scripts.put(Protection.VIRTUAL_MACHINE, "");
    scripts.put(
        Protection.CORE_DUMPS,
        """
        core, unlimited = resource.RLIMIT_CORE, resource.RLIM_INFINITY
        now = resource.getrlimit(core)
        attempt('limit', lambda: HELD if now[1] in (0, 1) else None)
        attempt('pattern', lambda: os.close(os.open(
            '/proc/sys/kernel/core_pattern', os.O_WRONLY)))
        def child(action):
            # What it prints is action's; what it dumps is for its parent to see.
            out, into = os.pipe()
            one = os.fork()
            if one == 0:
                os.close(out)
                try: os.write(into, action().encode())
                except OSError as e: os.write(into, b'errno %d' % e.errno)
                finally: os._exit(0)
            os.close(into)
            with open(out) as said: text = said.read()
            return os.waitpid(one, 0)[1], text
        def changed(action):
            def then():
                action()
                return 'same' if resource.getrlimit(core) == now else 'other'
            text = child(then)[1]
            if text.startswith('errno'): raise OSError(int(text.split()[1]), '')
            return HELD if text == 'same' else None
        wanted = now[0] + 1 if now[0] != unlimited and now[0] < now[1] else now[0] - 1
        new = ctypes.create_string_buffer(wanted.to_bytes(8, 'little') + now[1].to_bytes(
            8, 'little', signed=now[1] < 0), 16) if wanted >= 0 else bytes(16)
        high = 0x7bad00000000
        attempt('nothing', lambda: changed(lambda: resource.setrlimit(core, (0, 0))))
        attempt('everything', lambda: changed(lambda: resource.setrlimit(core, (now[1], now[1]))))
        attempt('setrlimit', lambda: changed(lambda: call('setrlimit', high + core, new)))
        attempt('prlimit', lambda: changed(lambda: call('prlimit64', high, high + core, new, 0)))
        attempt('prlimit_and_ask', lambda: changed(lambda: resource.prlimit(0, core, (0, 0))))
        attempt('prlimit_itself', lambda: changed(
            lambda: call('prlimit64', os.getpid(), core, new, 0)))
        attempt('prlimit_by_child', lambda: changed(
            lambda: child(lambda: str(call('prlimit64', os.getppid(), core, new, 0)))))
        attempt('x32', lambda: changed(lambda: call('setrlimit_x32', core, new)))
        with open('/proc/sys/kernel/core_pattern') as file: pattern = file.read()
        def crash():
            before = os.listdir(work)
            def then():
                os.chdir(work)
                try: resource.setrlimit(core, (now[1], now[1]))
                except OSError: pass
                os.kill(os.getpid(), signal.SIGSEGV)
            dumped = os.WCOREDUMP(child(then)[0])
            return HELD if not dumped and os.listdir(work) == before else None
        # Elsewhere a crash without a sandbox would leave something on this machine.
        if now == (1, 1) or pattern[0] not in '|@/':
            attempt('crash', crash)
        """);
    return scripts;
  }

  /** {@return the protections that have attempts} */
  static List<Protection> covered() {
    return List.copyOf(SCRIPTS.keySet());
  }

  /** {@return all attempts as one script} */
  static String script() {
    var script = new StringBuilder(PRELUDE);
    SCRIPTS.forEach((protection, attempts) ->
        script.append("protection = '%s'\n".formatted(protection.key())).append(attempts));
    return script.toString();
  }

  /** {@return parameters of the script: the numbers of this machine's system calls} */
  static List<String> numbers() {
    var numbers = new ArrayList<String>();
    for (String call : CALLS) {
      numbers.add(call + "=" + SyscallTable.require(Arch.host(), call));
    }
    // Where there is no such call, it is one of an unknown number.
    numbers.add(
        "setrlimit_x32=" + SyscallTable.number(Arch.X32, "setrlimit").orElse(0x4000_0000 | 160));
    return numbers;
  }
}
