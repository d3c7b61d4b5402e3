package io.github.cofferdam.sandbox;

import java.util.List;
import java.util.Locale;

/**
 * Environment variables that a sandboxed command does not inherit, because they hold a secret or
 * open a door to an agent that holds one. A policy lets a single one through with {@code
 * environment.pass}.
 *
 * <p>Names are compared without regard to letter case. The patterns are deliberately wide: a
 * variable that is missing is noticed at once and named in the policy, a secret that leaked is not
 * noticed at all.
 */
final class SecretNames {
  /** Words that say secret in any position. */
  private static final List<String> WORDS =
      List.of(
          "*TOKEN*",
          "*SECRET*",
          "*PASSWORD*",
          "*PASSWD*",
          "*PASSPHRASE*",
          "*CREDENTIAL*",
          "*APIKEY*",
          "*API_KEY*",
          "*ACCESS_KEY*",
          "*PRIVATE_KEY*",
          "*ENCRYPTION_KEY*",
          "*SIGNING_KEY*",
          "*_KEY",
          "*_KEY_ID",
          "*_PASS",
          "*_PWD",
          "*_PAT",
          "*_PSK",
          "*_PIN",
          "*_AUTH",
          "*_AUTHORIZATION",
          "*_COOKIE",
          "*_SESSION_ID",
          "*_JWT",
          "*_CERT",
          "*_SALT",
          "*_WEBHOOK",
          "*_WEBHOOK_URL");

  /** Connection strings, which carry user and password. */
  private static final List<String> CONNECTIONS =
      List.of(
          "*_DSN",
          "*DATABASE_URL",
          "*DATABASE_URI",
          "*_CONNECTION_STRING",
          "*CONNECTIONSTRING*",
          "*_DB_URL",
          "*POSTGRES*_URL",
          "*MYSQL*_URL",
          "*MONGO*_URL",
          "*MONGO*_URI",
          "*REDIS*_URL",
          "*AMQP*_URL",
          "*RABBITMQ*_URL",
          "*_BROKER_URL",
          "SQLALCHEMY_*",
          "PGPASSFILE",
          "PGSERVICEFILE",
          "MYSQL_PWD");

  /** Families of variables of which most are secrets, or say where they are. */
  private static final List<String> VENDORS =
      List.of(
          "AWS_*",
          "AZURE_*",
          "ARM_CLIENT_*",
          "GCP_*",
          "GCLOUD_*",
          "GOOGLE_APPLICATION_*",
          "CLOUDSDK_*",
          "GH_*",
          "GITHUB_PAT*",
          "ACTIONS_*",
          "CI_JOB_*",
          "CI_REGISTRY_*",
          "VAULT_*",
          "OP_SESSION_*",
          "BW_SESSION",
          "ANSIBLE_VAULT_*",
          "TF_VAR_*",
          "NPM_CONFIG_*AUTH*",
          "TWINE_*",
          "MAVEN_GPG_*",
          "SENTRY_*",
          "RESTIC_*",
          "BORG_PASS*",
          "NETRC",
          "KRB5CCNAME",
          "KRB5_KTNAME",
          "*_PROXY_AUTH*");

  /** Sockets and addresses of agents and daemons that act with the user's rights. */
  private static final List<String> DOORS =
      List.of(
          "SSH_AUTH_SOCK",
          "SSH_AGENT_PID",
          "SSH_ASKPASS",
          "SUDO_ASKPASS",
          "GIT_ASKPASS",
          "GPG_AGENT_INFO",
          "GNOME_KEYRING_*",
          "DBUS_*_BUS_ADDRESS",
          "XAUTHORITY",
          "KUBECONFIG",
          "DOCKER_HOST",
          "DOCKER_CONFIG",
          "DOCKER_CERT_PATH",
          "DOCKER_AUTH_CONFIG",
          "CONTAINER_HOST",
          "BUILDKIT_HOST",
          "LIBVIRT_DEFAULT_URI",
          "TMUX",
          "STY",
          "VSCODE_*IPC*",
          "VSCODE_GIT_*",
          "NOTIFY_SOCKET",
          "LISTEN_FDS",
          "LISTEN_PID",
          "LISTEN_FDNAMES");

  private SecretNames() {}

  /** {@return whether a variable of this name is kept out unless the policy passes it} */
  static boolean contains(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return NamePattern.matchesAny(WORDS, upper)
        || NamePattern.matchesAny(CONNECTIONS, upper)
        || NamePattern.matchesAny(VENDORS, upper)
        || NamePattern.matchesAny(DOORS, upper);
  }
}
