"""What Django says of bad input, in words that an official uses; set once at the start."""

from django import forms
from django.core import validators


def say_it_plainly() -> None:
    validators.MaxLengthValidator.message = "最多 %(limit_value)d 个字，现在有 %(show_value)d 个字，请删短。"  # fmt: skip
    validators.MaxValueValidator.message = "最大填 %(limit_value)s，请改小。"
    validators.MinValueValidator.message = "最小填 %(limit_value)s，请改大。"
    validators.ProhibitNullCharactersValidator.message = "文字里有看不见的乱码，请重新录入。"
    forms.IntegerField.default_error_messages["invalid"] = "请填整数，例如 3。"
    forms.DateField.default_error_messages["invalid"] = "请填日期，例如 2026-11-24。"
    again = "所选的不在可选范围内，请刷新页面重新选。"
    for field in (forms.ChoiceField, forms.ModelChoiceField, forms.ModelMultipleChoiceField):
        field.default_error_messages["invalid_choice"] = again
    forms.ModelMultipleChoiceField.default_error_messages["invalid_pk_value"] = again
