package io.github.cofferdam.confinement;

import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.namespaces.Capabilities;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.policy.Cause.Means;
import io.github.cofferdam.policy.Protection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Privileges: capabilities are dropped, and nothing that is executed gives new ones. */
final class PrivilegeWall implements Wall {
  @Override
  public Set<Protection> protections() {
    return EnumSet.of(Protection.CAPABILITIES, Protection.NO_NEW_PRIVILEGES);
  }

  @Override
  public void build(Layers layers) {
    Terms terms = layers.terms();
    if (terms.wanted(Protection.CAPABILITIES)) {
      Set<Capability> kept = terms.policy().capabilities();
      SetupProgram program =
          kept.isEmpty()
              ? Capabilities.dropAll(terms.host().mayDropPrivileges() || terms.ownUsers())
              : Capabilities.keep(kept);
      layers.capabilities(program);
    }
  }

  @Override
  public List<Claim> claims(Built built) {
    if (built.terms().wanted(Protection.CAPABILITIES) && !built.secures("capset")) {
      throw new IllegalStateException("nothing was built that drops capabilities");
    }
    if (!built.secure().steps().containsAll(NoNewPrivileges.program().steps())) {
      throw new IllegalStateException("nothing was built that sets no_new_privs");
    }
    return List.of(
        Claim.enforced(Protection.CAPABILITIES, Means.START, dropped(built)),
        Claim.enforced(Protection.NO_NEW_PRIVILEGES, Means.START, "no_new_privs"));
  }

  private static String dropped(Built built) {
    var text = new StringBuilder("all dropped");
    String separator = " but ";
    for (Capability kept : built.terms().policy().capabilities()) {
      text.append(separator).append(kept.key());
      separator = ", ";
    }
    if (built.terms().host().mayDropPrivileges() || built.terms().ownUsers()) {
      text.append(", and user id 0 gives none");
    }
    return text.toString();
  }
}
