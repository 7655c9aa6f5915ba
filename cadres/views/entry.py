"""The door: log-in, which brings back what was typed when a session ended."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from cadres.typed import give_back


class LogIn(LoginView):
    template_name = "people/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(kept=self.request.POST.get("kept", ""), **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        kept = self.request.POST.get("kept", "")
        if kept and not give_back(self.request, self.request.user, kept):  # type: ignore[arg-type]
            messages.warning(self.request, "刚才填的内容是另一个人的，没有带过来；请由本人登录。")
        return answer
