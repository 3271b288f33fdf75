"""The repository of another company: two vendors, one of which has jobs and the other the name of one of ours."""

from __future__ import annotations

KITCHEN = """
openapi: 3.1.0
info: {title: Kitchen, version: "1", description: The orders of a kitchen.}
servers: [{url: "https://kitchen.acme.example"}]
security: [{token: []}]
x-jobs:
  orders:
    summary: An order.
    identity:
      order_id: {from: $response.body#/order_id, description: Id of the order.}
    operations:
      submit: {operationId: place_order}
      status: {operationId: get_order}
    state:
      from: $response.body#/state
      map: {COOKING: running, SERVED: succeeded, BURNT: failed}
      unknown: {for: PT10M, then: raise}
      not_found:
        just_submitted: {state: queued, for: PT30S}
        later: expired
paths:
  /orders:
    post:
      operationId: place_order
      summary: Place an order.
      x-evidence: [{source: The menu, kind: documentation}]
      requestBody:
        required: true
        description: The order.
        content: {application/json: {schema: {$ref: "#/components/schemas/NewOrder"}}}
      responses:
        "201":
          description: The order was placed.
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        "401": {description: The token is missing or wrong.}
  /orders/{order_id}:
    get:
      operationId: get_order
      summary: Ask how an order is doing.
      x-evidence: [{source: The menu, kind: documentation}]
      parameters:
        - {name: order_id, in: path, required: true, description: Id of the order., schema: {type: string}}
      responses:
        "200":
          description: The order.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Order"}
              examples:
                cooking: {value: {order_id: o-1, state: COOKING}}
        "401": {description: The token is missing or wrong.}
        "404": {description: There is no such order.}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  schemas:
    NewOrder:
      type: object
      description: What to cook.
      required: [dish]
      properties:
        dish: {type: string, description: The dish.}
    Order:
      type: object
      description: An order.
      required: [order_id, state]
      properties:
        order_id: {type: string, description: Its id.}
        state: {type: string, enum: [COOKING, SERVED, BURNT], description: How it is doing.}
"""

ALATION = """
openapi: 3.1.0
info: {title: Our own catalogue, version: "1", description: What Acme calls Alation.}
servers: [{url: "https://catalogue.acme.example"}]
paths:
  /pages/{id}:
    get:
      operationId: get_page
      summary: Look a page up.
      x-evidence: [{source: The handbook, kind: documentation}]
      parameters: [{name: id, in: path, required: true, description: Its id., schema: {type: integer}}]
      responses:
        "200":
          description: The page.
          content: {application/json: {schema: {$ref: "#/components/schemas/Page"}}}
components:
  schemas:
    Page: {type: object, description: A page., properties: {title: {type: string, description: Its title.}}}
"""

PROJECT = """
[tool.vendorsmith]
package = "acme_clients"
version = "3.0"
description = "Typed clients of Acme"
"""

CALLER = '''
"""Uses both packages."""

import acme_clients
from acme_clients.alation import AlationClient
from acme_clients.kitchen import KitchenClient, Token
from jobclients.alation import AlationClient as OtherClient
from jobclients.alation import Token as OtherToken


def main() -> None:
    """Place an order, and look around."""
    with KitchenClient(auth=Token("t")) as kitchen:
        run = kitchen.orders.submit(dish="soup")
        try:
            print(run.wait(timeout=60).state, kitchen.get_order(order_id="o-1").state)
        except acme_clients.JobFailed as failure:
            print(failure.vendor_message)
    with AlationClient() as pages, OtherClient(base_url="https://x.test", auth=OtherToken("t")) as other:
        print(pages.get_page(id=1).title, other.get_job(id=1).status)
    print(acme_clients.connect("alation").get_page(id=1).title)


if __name__ == "__main__":
    main()
'''
