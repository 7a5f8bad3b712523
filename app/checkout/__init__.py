"""Checkout: offers become orders in three short steps, money comes in through gateways, and nothing is lost or charged twice."""
