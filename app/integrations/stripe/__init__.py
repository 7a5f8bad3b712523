"""Stripe: hosted Checkout Sessions for card and bank debit, saved cards for later charges, refunds, disputes, webhooks."""
