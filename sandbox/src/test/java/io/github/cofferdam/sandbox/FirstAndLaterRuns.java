package io.github.cofferdam.sandbox;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has all tests of a class run twice: with runs that are the first of their sandboxes, and again
 * with runs in sandboxes that were used before, which have namespaces in common.
 *
 * <p>Not a {@code ParameterizedClass}: that would want a field for the parameter in each class.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(FirstAndLaterRuns.Both.class)
@interface FirstAndLaterRuns {

  /** Provides the two. */
  final class Both implements ClassTemplateInvocationContextProvider {
    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
      return true;
    }

    @Override
    public Stream<Runs> provideClassTemplateInvocationContexts(ExtensionContext context) {
      return Stream.of(new Runs(false), new Runs(true));
    }
  }

  /** One of the two. */
  record Runs(boolean usedBefore)
      implements ClassTemplateInvocationContext,
          BeforeClassTemplateInvocationCallback,
          AfterClassTemplateInvocationCallback {
    @Override
    public String getDisplayName(int index) {
      return usedBefore ? "later runs" : "first runs";
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public void beforeClassTemplateInvocation(ExtensionContext context) {
      Sandboxed.usedBefore(usedBefore);
    }

    @Override
    public void afterClassTemplateInvocation(ExtensionContext context) {
      Sandboxed.usedBefore(false);
    }
  }
}
