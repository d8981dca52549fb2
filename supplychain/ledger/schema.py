"""The tables and views of `lineage.duckdb` that commits fill, as SQL, and the order in which they do."""

TABLES = """
create table if not exists commits(
  id varchar primary key, sequence bigint, recorded_at timestamptz, product varchar, "window" varchar, step varchar,
  run varchar, spec varchar, code varchar, seconds double, cpu_seconds double, gold_looks integer);
create table if not exists materialisations(
  commit_id varchar, product varchar, "window" varchar, asset varchar, content varchar, path varchar,
  row_count bigint, byte_count bigint);
create table if not exists edges(
  commit_id varchar, product varchar, from_window varchar, from_asset varchar, from_content varchar,
  "window" varchar, asset varchar, content varchar);
create table if not exists batches(
  commit_id varchar, product varchar, id varchar, "window" varchar, slice varchar, attempt integer,
  synthesizer varchar, model varchar, seed varchar, wanted bigint, candidates bigint, sampled bigint);
create table if not exists evidence(
  commit_id varchar, product varchar, "window" varchar, metric varchar, scope varchar, value double, low double,
  high double, reference double, n bigint, seconds double);
create table if not exists gate_results(
  commit_id varchar, product varchar, "window" varchar, suite varchar, suite_hash varchar, gate varchar, rule varchar,
  type varchar, severity varchar, passed boolean, observed varchar, expected varchar, failed_rows bigint, why varchar,
  asset varchar, content varchar, outcome varchar, set_by varchar);
create table if not exists waivers(
  commit_id varchar, product varchar, "window" varchar, step varchar, suite varchar, gate varchar, rule varchar,
  expected varchar, reason varchar, "by" varchar, "until" date, revoked boolean);
alter table waivers add column if not exists revoked boolean;
create table if not exists withdrawals(
  commit_id varchar, product varchar, version varchar, reason varchar, "by" varchar, recorded_at timestamptz);
create table if not exists pulls(
  commit_id varchar, product varchar, version varchar, audience varchar, "by" varchar, machine varchar, folder varchar,
  recorded_at timestamptz);
create table if not exists removals(
  commit_id varchar, product varchar, "window" varchar, asset varchar, content varchar, path varchar, became varchar,
  new_path varchar, row_count bigint);
create table if not exists erasures(
  commit_id varchar, product varchar, "window" varchar, recorded_at timestamptz, kind varchar, reason varchar,
  "by" varchar, "key" varchar, people bigint);
create table if not exists erased(commit_id varchar, product varchar, person varchar);
create table if not exists tainted(commit_id varchar, product varchar, "window" varchar, model varchar);
create table if not exists releases(
  commit_id varchar, product varchar, version varchar, path varchar, manifest varchar, row_count bigint,
  synthetic_rows bigint, recorded_at timestamptz);
create table if not exists cost_event(
  commit_id varchar, product varchar, "window" varchar, recorded_at timestamptz, pipeline varchar, stage varchar,
  quantity double, unit varchar, money double, currency varchar, basis varchar, ref varchar);
create table if not exists refreshes(
  commit_id varchar, product varchar, recorded_at timestamptz, incident varchar, action varchar, "by" varchar,
  windows varchar, kinds varchar, reason varchar, outcome varchar, release varchar, seconds double,
  cpu_seconds double, money double, currency varchar);
create table if not exists release_windows(product varchar, version varchar, "window" varchar, blend varchar);
create or replace view products as
  select product, count(*) as commits, count(distinct "window") as windows, max(recorded_at) as last_commit
  from commits group by product;
create or replace view windows as
  select m.product, m."window", m.asset, arg_max(m.content, c.sequence) as content,
         arg_max(m.row_count, c.sequence) as row_count, max(c.recorded_at) as made_at
  from materialisations m join commits c on c.id = m.commit_id group by all;
create or replace view made_by as  -- the newest commit that made each content: a step that ran again made it again
  select m.product, m."window", m.asset, m.content, arg_max(c.id, c.sequence) as commit_id
  from materialisations m join commits c on c.id = m.commit_id group by all;
create or replace view verdicts as  -- what each suite said when it last judged a content
  select g.* from gate_results g join commits c on c.id = g.commit_id
  qualify rank() over (partition by g.product, g.asset, g.content, g.suite order by c.sequence desc) = 1;
create or replace view row_origin as  -- from a row's `_batch`, a line for each verdict on it and on its evidence
  select b.product, b.id as _batch, b."window", b.slice, b.synthesizer, b.model, b.seed,
         g.asset as judged, g.suite, g.gate, g.rule, g.severity, g.passed
  from batches b
  join made_by candidates on candidates.commit_id = b.commit_id and candidates.asset = 'candidates'
  join edges e on e.product = b.product and e.asset = 'accepted' and e.from_asset = 'candidates'
              and e.from_content = candidates.content and e."window" = b."window"
  join made_by accepted on accepted.commit_id = e.commit_id and accepted.asset = 'accepted'
  left join edges m on m.product = b.product and m.asset = 'evidence' and m.from_asset = 'accepted'
              and m.from_content = e.content and m.commit_id in (select commit_id from made_by where asset = 'evidence')
  join verdicts g on g.product = b.product
              and (g.asset, g.content) in (('accepted', e.content), ('evidence', m.content));
"""
ORDER = (
    "commits",
    "materialisations",
    "edges",
    "batches",
    "evidence",
    "gate_results",
    "waivers",
    "withdrawals",
    "pulls",
    "removals",
    "erasures",
    "erased",
    "tainted",
    "releases",
    "release_windows",
    "cost_event",
    "refreshes",
)
