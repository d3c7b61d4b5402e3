package io.github.cofferdam.policy;

import java.util.List;
import java.util.Locale;

/** Addresses that are secrets themselves: whoever knows what follows may post there. */
final class WebhookUrls {
  /** How they begin, after the scheme. */
  private static final List<String> WEBHOOKS =
      List.of(
          "hooks.slack.com/services/",
          "hooks.slack.com/workflows/",
          "hooks.slack.com/triggers/",
          "hooks.slack-gov.com/services/",
          "discord.com/api/",
          "discordapp.com/api/",
          "webhook.office.com/",
          "outlook.office.com/webhook/",
          "outlook.office365.com/webhook/",
          "hooks.zapier.com/hooks/",
          "api.telegram.org/bot",
          "open.feishu.cn/open-apis/bot/",
          "open.larksuite.com/open-apis/bot/",
          "maker.ifttt.com/trigger/");

  private WebhookUrls() {}

  /** {@return whether there is one somewhere in it} */
  static boolean areIn(String text) {
    if (text.indexOf('/') < 0) {
      return false;
    }
    String lower = text.toLowerCase(Locale.ROOT);
    for (String webhook : WEBHOOKS) {
      int at = lower.indexOf(webhook);
      int end = at + webhook.length();
      if (at >= 0
          && end < lower.length()
          && Character.isLetterOrDigit(lower.charAt(end))
          && (!webhook.startsWith("discord") || lower.indexOf("/webhooks/", at) >= 0)) {
        return true;
      }
    }
    return false;
  }
}
