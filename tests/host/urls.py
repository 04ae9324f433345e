"""The host's URLs: those of the example project and of the views beside this file."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from tests.host import dot_views, ninja_api, plain_views, site_views, views

orders = SimpleRouter(use_regex_path=False)
orders.register("orders", views.Orders)
orders.register("by-class", views.OrdersByClass, basename="by-class")

urlpatterns = [
    path("", include("example_project.urls")),
    path("host/", include(orders.urls)),
    path("host/listed", views.ListedScopes.as_view()),
    path("host/worded", views.WordedScopes.as_view()),
    path("host/by-method", views.MethodScopes.as_view()),
    path("host/forgotten", views.ForgottenScopes.as_view()),
    path("host/empty", views.EmptyScopes.as_view()),
    path("host/misspelt", views.MisspeltScopes.as_view()),
    path("host/negated", views.NegatedScopes.as_view()),
    path("host/or-anybody", views.ScopesOrAnybody.as_view()),
    path("host/authenticated", views.Authenticated.as_view()),
    path("host/group-or-anonymous", views.GroupOrAnonymous.as_view()),
    path("host/object-permissions/<int:pk>", views.ObjectPermissions.as_view()),
    path("host/two", views.TwoScopes.as_view()),
    path("host/scope-and-scope", views.ScopeAndScope.as_view()),
    path("host/without-scope", views.WithoutScope.as_view()),
    path("host/machines", views.Machines.as_view()),
    path("host/machines-or-people", views.MachinesOrPeople.as_view()),
    path("host/session-first", views.SessionFirst.as_view()),
    path("host/people-only", views.PeopleOnly.as_view()),
    path("host/group-permissions", views.GroupPermissions.as_view()),
    path("host/function", views.function_view),
    path("host/own-rate", views.OwnRate.as_view()),
    path("host/session-first/own-rate", views.SessionFirstOwnRate.as_view()),
    path("host/default-rate", views.DefaultRate.as_view()),
    path("host/user-rate", views.UserRate.as_view()),
    path("host/dot/has-scope", dot_views.HasScope.as_view()),
    path("host/dot/read-write", dot_views.HasReadWriteScope.as_view()),
    path("host/dot/resource", dot_views.HasResourceScope.as_view()),
    path("host/dot/oas", dot_views.MatchesRequirements.as_view()),
    path("host/dot/authenticated-or-scope", dot_views.AuthenticatedOrHasScope.as_view()),
    path("host/dot/ours-first", dot_views.OursThenToolkit.as_view()),
    path("host/dot/ours-last", dot_views.ToolkitThenOurs.as_view()),
    path("host/ninja/", ninja_api.api.urls),
    path("host/ninja-plain/", ninja_api.plain.urls),
    path("host/plain/<int:number>", plain_views.guarded),
    path("host/plain/two", plain_views.guarded_twice),
    path("host/plain/async", plain_views.guarded_async),
    path("host/plain/permitted-async", plain_views.permitted_async),
    path("host/plain/class", plain_views.Guarded.as_view()),
    path("host/plain/class-async", plain_views.GuardedAsync.as_view()),
    path("host/plain/inherited-async", plain_views.InheritedAsync.as_view()),
    path("host/plain/template", plain_views.templated),
    path("site/who/", site_views.who),
    path("site/who-async", site_views.who_async),
    path("site/class", site_views.Who.as_view()),
    path("site/class-async", site_views.WhoAsync.as_view()),
    path("site/by-method/", site_views.Who.as_view()),
    path("site/people", site_views.Who.as_view()),
    path("site/people/async", site_views.WhoAsync.as_view()),
    path("site/open/who", site_views.who),
    path("site/upload", site_views.uploaded),
    path("site/download", site_views.downloaded),
    path("site/nothing", site_views.nothing),
    path("site/meeting", site_views.meeting),
    path("sites", site_views.who),
    path("cached", site_views.cached),
    # A careless project's patterns, which answer at more paths than their author thought of.
    re_path(r"^(?P<_part>(?i:site))/hidden(?:\.json)?$", site_views.who),
    re_path(r"^/*(?:x/\.\./)?site/hidden$", site_views.who),
]
