-- Privileges on what is kept about refunds that have failed: only the inbox reads it.
grant select, insert, update on stripe_failed_refunds to counterfoil_app;
