package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Has a parameterised test run with each isolation that a run can have; {@link Isolation#AUTO} is
 * one of them, whichever this host decides.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@EnumSource(
    value = Isolation.class,
    names = {"BASIC", "NAMESPACE"})
@interface EachIsolation {}
