"""The host's URLs: those of the example project and of the views beside this file."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from tests.host import dot_views, plain_views, views

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
    path("host/group-permissions", views.GroupPermissions.as_view()),
    path("host/function", views.function_view),
    path("host/own-rate", views.OwnRate.as_view()),
    path("host/default-rate", views.DefaultRate.as_view()),
    path("host/user-rate", views.UserRate.as_view()),
    path("host/dot/has-scope", dot_views.HasScope.as_view()),
    path("host/dot/read-write", dot_views.HasReadWriteScope.as_view()),
    path("host/dot/resource", dot_views.HasResourceScope.as_view()),
    path("host/dot/oas", dot_views.MatchesRequirements.as_view()),
    path("host/dot/authenticated-or-scope", dot_views.AuthenticatedOrHasScope.as_view()),
    path("host/dot/ours-first", dot_views.OursThenToolkit.as_view()),
    path("host/dot/ours-last", dot_views.ToolkitThenOurs.as_view()),
    path("host/plain/<int:number>", plain_views.guarded),
    path("host/plain/two", plain_views.guarded_twice),
    path("host/plain/async", plain_views.guarded_async),
    path("host/plain/permitted-async", plain_views.permitted_async),
    path("host/plain/class", plain_views.Guarded.as_view()),
    path("host/plain/class-async", plain_views.GuardedAsync.as_view()),
    path("host/plain/inherited-async", plain_views.InheritedAsync.as_view()),
    path("host/plain/template", plain_views.templated),
]
