"""A real JupyterHub that starts one learner's server, as Binder's hub does; no proxy before it."""

import os

from jupyterhub.proxy import Proxy


class NoProxy(Proxy):
    """Notes the routes that the hub asks for; the test talks to each server at its own port."""

    should_start = False
    routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


c = get_config()  # noqa: F821 (the hub gives it)
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.hub_port = int(os.environ["HUB_PORT"])
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"  # on this machine, as the user who runs the tests
c.Spawner.cmd = [os.environ["PYTHON"], "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.notebook_dir = os.environ["KIT"]
c.Spawner.env_keep = list(os.environ)
c.JupyterHub.services = [{"name": "binder", "api_token": os.environ["TOKEN"]}]
c.JupyterHub.load_roles = [
    {
        "name": "binder",
        "scopes": ["admin:users", "admin:servers", "access:servers"],
        "services": ["binder"],
    }
]
