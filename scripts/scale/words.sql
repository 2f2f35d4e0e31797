-- The n-th most frequent of 5,202 words of three syllables.
create function pg_temp.word(n int) returns text language sql immutable
as $$
  select ('{ba,lo,de,sa,mi,ko,ta,ru,ve,ni,fo,gu,ze,pa,ri,hu,jo}'::text[])[1 + n * 1009 % 5202 / 306]
    || ('{la,ne,so,ti,ru,ma,ke,do,bi,vu,ra,ge,po,si,nu,fa,te,lo}'::text[])[1 + n * 1009 % 5202 / 17 % 18]
    || ('{n,r,s,l,m,t,x,k,d,g,nd,rt,st,lm,nk,sh,th}'::text[])[1 + n * 1009 % 5202 % 17]
$$
