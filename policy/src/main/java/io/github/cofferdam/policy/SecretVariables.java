package io.github.cofferdam.policy;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Environment variables that a sandboxed command does not inherit, because their name says that
 * they hold a secret, or because they open a door to an agent that holds one. A policy lets a
 * single one through with {@code environment.pass}.
 *
 * <p>Names are looked at as words ({@link NameWords}), without regard to letter case. The words are
 * deliberately wide: a variable that is missing is noticed at once and named in the report, a
 * secret that leaked is not noticed at all.
 */
final class SecretVariables {
  /** Words that say secret wherever they stand in a name. */
  private static final Set<String> WORDS =
      Set.of(
          "AUTH",
          "AUTHORIZATION",
          "AUTHTOKEN",
          "BASICAUTH",
          "BEARER",
          "CONNSTR",
          "COOKIE",
          "COOKIES",
          "CRED",
          "CREDS",
          "CSRF",
          "DSN",
          "HMAC",
          "JWT",
          "KEY",
          "KEYFILE",
          "KEYPASS",
          "KEYRING",
          "KEYS",
          "KEYSTORE",
          "KEYTAB",
          "MNEMONIC",
          "NETRC",
          "OAUTH",
          "OTP",
          "PASS",
          "PASSWRD",
          "PAT",
          "PEM",
          "PFX",
          "PIN",
          "PRIVKEY",
          "PSK",
          "PSWD",
          "PW",
          "PWD",
          "PWRD",
          "SALT",
          "SAS",
          "SESSIONID",
          "SESSID",
          "STOREPASS",
          "TOTP",
          "WEBHOOK",
          "WEBHOOKS",
          "XSRF");

  private static final String CONNECTION_STRING = "CONNECTIONSTRING";

  /** The same, also where they are run together with others, as in {@code PGPASSWORD}. */
  private static final List<String> PARTS =
      List.of(
          "PASSWORD",
          "PASSWD",
          "PASSPHRASE",
          "PASSCODE",
          "SECRET",
          "TOKEN",
          "CREDENTIAL",
          "APIKEY",
          "ACCESSKEY",
          "AUTHKEY",
          "ENCRYPTIONKEY",
          "LICENSEKEY",
          "MASTERKEY",
          "PRIVATEKEY",
          "SIGNINGKEY",
          "SSHKEY",
          CONNECTION_STRING,
          "HTPASSWD",
          "PGPASS",
          "KUBECONFIG");

  /** The same at the end of a word, as in {@code ROOTPW}. */
  private static final List<String> ENDINGS = List.of("PW", "PWD", "PWORD");

  /** The shell's directories, which end alike. */
  private static final Set<String> DIRECTORIES = Set.of("OLDPWD");

  /** What is connected to with a user and a password, where the name ends with an address. */
  private static final Set<String> SERVICES =
      Set.of(
          "AMQP",
          "BROKER",
          "CELERY",
          "CLICKHOUSE",
          "CLOUDAMQP",
          "DATABASE",
          "DB",
          "KAFKA",
          "MARIADB",
          "MONGO",
          "MONGODB",
          "MYSQL",
          "POSTGRES",
          "POSTGRESQL",
          "RABBITMQ",
          "REDIS",
          "SQLALCHEMY");

  private static final Set<String> ADDRESSES = Set.of("URL", "URI");

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
          "VAULT_*",
          "OP_SESSION_*",
          "BW_SESSION",
          "TF_VAR_*",
          "TWINE_*",
          "MAVEN_GPG_*",
          "RESTIC_*",
          "PGSERVICEFILE",
          "KRB5CCNAME",
          "KRB5_KTNAME",
          "SSLKEYLOGFILE");

  /** Sockets and addresses of agents and daemons that act with the user's rights. */
  private static final List<String> DOORS =
      List.of(
          "SSH_AUTH_SOCK",
          "SSH_AGENT_PID",
          "SSH_ASKPASS*",
          "SUDO_ASKPASS",
          "GIT_ASKPASS",
          "GPG_AGENT_INFO",
          "GNOME_KEYRING_*",
          "DBUS_*_BUS_ADDRESS",
          "XAUTHORITY",
          "ICEAUTHORITY",
          "DOCKER_HOST",
          "DOCKER_CONFIG",
          "DOCKER_CERT_PATH",
          "DOCKER_AUTH_CONFIG",
          "CONTAINER_HOST",
          "BUILDKIT_HOST",
          "LIBVIRT_DEFAULT_URI",
          "TMUX",
          "STY",
          "NVIM",
          "NVIM_LISTEN_ADDRESS",
          "SWAYSOCK",
          "I3SOCK",
          "VSCODE_*IPC*",
          "VSCODE_GIT_*",
          "NOTIFY_SOCKET",
          "LISTEN_FDS",
          "LISTEN_PID",
          "LISTEN_FDNAMES");

  /** What is named alike and is no secret. */
  private static final Set<String> ORDINARY =
      Set.of(
          "PWD",
          "AWS_REGION",
          "AWS_DEFAULT_REGION",
          "AWS_DEFAULT_OUTPUT",
          "AZURE_CORE_OUTPUT",
          "AZURE_EXTENSION_DIR",
          "AZURE_HTTP_USER_AGENT",
          "BUILDKITE_STEP_KEY",
          "BUILDKITE_GROUP_KEY",
          "BAMBOO_BUILDKEY",
          "BAMBOO_PLANKEY",
          "BAMBOO_SHORTPLANKEY",
          "BAMBOO_BUILDRESULTKEY",
          "BAMBOO_SHORTJOBKEY",
          "HUDSON_COOKIE",
          "HUDSON_SERVER_COOKIE",
          "JENKINS_NODE_COOKIE",
          "JENKINS_SERVER_COOKIE",
          "ANSIBLE_HOST_KEY_CHECKING");

  private SecretVariables() {}

  /** {@return whether a variable of this name is kept out unless the policy passes it} */
  static boolean contains(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    if (ORDINARY.contains(upper)) {
      return false;
    }
    return saysSecret(NameWords.of(name))
        || NamePattern.matchesAny(VENDORS, upper)
        || NamePattern.matchesAny(DOORS, upper);
  }

  /** {@return whether a name of these words says that what it names is a secret} */
  static boolean saysSecret(List<String> words) {
    if (words.isEmpty()) {
      return false;
    }
    boolean service = false;
    for (String word : words) {
      if (WORDS.contains(word)) {
        return true;
      }
      service |= SERVICES.contains(word);
    }
    String last = words.getLast();
    if (last.equals("CERT") || (service && ADDRESSES.contains(last))) {
      return true;
    }
    String before = "";
    for (String word : words) {
      if (hasPart(word) || CONNECTION_STRING.equals(before + word)) {
        return true;
      }
      before = word;
    }
    return false;
  }

  private static boolean hasPart(String word) {
    for (String ending : ENDINGS) {
      if (word.endsWith(ending) && !DIRECTORIES.contains(word)) {
        return true;
      }
    }
    for (String part : PARTS) {
      // What a tokenizer makes are no secrets.
      if (word.contains(part) && !word.contains("TOKENIZ")) {
        return true;
      }
    }
    return false;
  }
}
