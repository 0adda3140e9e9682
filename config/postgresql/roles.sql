-- Who may do what in a town's PostgreSQL (15 and later). Run it once, as its superuser; it is safe to
-- repeat, and hands over a database that one user has owned until now:
--
--     psql -X -v ON_ERROR_STOP=1 -f config/postgresql/roles.sql postgres
--
--   jifen_owner    owns the tables, and so may change them: `jifen init` runs under it, nothing else
--   jifen          the service: clock, workers, web, commands; it cannot alter, empty or edit what is
--                  append-only, nor take a trigger away
--   jifen_report   reads for Grafana and reports: no phone, no address, no letter, no evidence
--   prefect        owns Prefect's database, and sees nothing of the record
--
-- `jifen init` grants to the groups jifen_service and jifen_reader what the tables of its version need.
-- Another database than `jifen`: `-v db=county`, and the names are county_owner, county, and so on.
-- Passwords come from the variables below, or are given afterwards with \password.

SET client_min_messages = warning;
\if :{?db}
\else
  \set db jifen
\endif
\if :{?prefect}
\else
  \set prefect prefect
\endif
\set owner :db _owner
\set service :db _service
\set reader :db _reader
\set report :db _report
\getenv owner_password JIFEN_OWNER_PASSWORD
\getenv service_password JIFEN_DB_PASSWORD
\getenv report_password JIFEN_REPORT_PASSWORD
\getenv prefect_password PREFECT_DB_PASSWORD

-- The statements that these queries write are carried out one by one.
SELECT format('CREATE ROLE %I %s', name, kind)
FROM (VALUES (:'service', 'NOLOGIN'), (:'reader', 'NOLOGIN'), (:'owner', 'LOGIN'), (:'db', 'LOGIN'),
             (:'report', 'LOGIN'), (:'prefect', 'LOGIN')) AS wanted(name, kind)
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
GRANT :"service" TO :"db";
GRANT :"reader" TO :"report";

\if :{?owner_password}
  ALTER ROLE :"owner" PASSWORD :'owner_password';
\endif
\if :{?service_password}
  ALTER ROLE :"db" PASSWORD :'service_password';
\endif
\if :{?report_password}
  ALTER ROLE :"report" PASSWORD :'report_password';
\endif
\if :{?prefect_password}
  ALTER ROLE :"prefect" PASSWORD :'prefect_password';
\endif

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', name, of)
FROM (VALUES (:'db', :'owner'), (:'prefect', :'prefect')) AS wanted(name, of)
WHERE name NOT IN (SELECT datname FROM pg_database) \gexec
ALTER DATABASE :"db" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"db", :"prefect" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"db" TO :"service", :"reader";

\connect :"db"
SET client_min_messages = warning;
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"service", :"reader";
-- Of an earlier release: what the service's user has made goes to the owner.
SELECT format('ALTER TABLE public.%I OWNER TO %I', relname, :'owner')
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') \gexec
SELECT format('ALTER FUNCTION %s OWNER TO %I', oid::regprocedure, :'owner')
FROM pg_proc WHERE pronamespace = 'public'::regnamespace \gexec
