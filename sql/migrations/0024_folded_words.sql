-- A text in the form in which words are compared: the same for the words of products and for those of searches, and the same
-- whatever locale a database has. Lower case, compatible forms as one (full and half width, ligatures, raised digits), without
-- accents, vowel signs and invisible characters. Letters that have no accent to lose are written as most people type them (ß
-- as ss, ł as l, ø as o). Words stand with one blank between them; hyphens and apostrophes inside a word are hyphens. Runs of
-- a script without blanks (Chinese, Thai) stand alone.
create function folded(p_text text) returns text
language plpgsql immutable strict parallel safe
as $$
declare
  -- Apostrophes and hyphens, and two signs that NFKC would take for letters.
  plain text := translate(p_text,
    E'''`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032\u05f3\ua78c\u2010\u2011\u2012\u2013\u2212\u058a\u05be\u2122\u2120',
    '-------------------  ');
begin
  if octet_length(plain) = char_length(plain) then
    return btrim(regexp_replace(lower(plain collate "C"), '[^a-z0-9-]+', ' ', 'g'));
  end if;

  plain := normalize(lower(normalize(plain, nfkc) collate "und-x-icu"), nfkd);
  -- NFKC makes apostrophes of more characters.
  plain := translate(plain, E'''\u2019', '--');
  plain := regexp_replace(plain collate "und-x-icu",
    -- Accents of Latin, Greek and Cyrillic; points of Hebrew; vowel signs of Arabic and its tatweel; points of Syriac; nuktas.
    '[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670'
    '\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u093c\u09bc\u0a3c\u0abc\u0b3c\u1ab0-\u1aff\u1dc0-\u1dff'
    '\u20d0-\u20ff\ufe20-\ufe2f'
    -- Middle dots (col·lecció, ショルダー・バッグ), soft hyphens, characters without width, marks of direction, variants.
    '\u00ad\u00b7\u30fb\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164'
    '\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+', '', 'g');
  -- The accents that are left are part of their letter: か and が differ.
  plain := normalize(plain, nfc);
  plain := translate(plain, 'ıłøđðħŧŋĸƀɓɖɗəɛƒɠǥɦɨƙƚɫɲɔɵʀʂʈʉʋƴƶȥʒςґ', 'iloddhtnkbbddeefgghikllnoorstuvyzzzσг');
  -- Arabic and Persian letters that are written in several ways, digits of other scripts, and stops that are no punctuation.
  plain := translate(plain,
    E'\u0671\u0629\u06be\u06d5\u0649\u06cc\u06a9\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669'
    '\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f'
    '\u09e6\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee\u09ef\u0e50\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56\u0e57\u0e58\u0e59'
    '\u0964\u0965\u104a\u104b\u17d4\u17d5',
    E'\u0627\u0647\u0647\u0647\u064a\u064a\u064301234567890123456789012345678901234567890123456789      ');
  -- Hiragana as katakana.
  plain := translate(plain,
    'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖゝゞ',
    'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶヽヾ');
  plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
  -- The signs of vowels in Indic scripts and the like are no letters for ICU.
  plain := regexp_replace(plain collate "und-x-icu",
    '[^[:alnum:]\u3007\u0780-\u07ff\u0900-\u109f\u1700-\u1cff\u3099\u309a\ua800-\uabff-]+', ' ', 'g');
  plain := regexp_replace(plain collate "und-x-icu",
    '([\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff'
    '\U00020000-\U0003ffff]+|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff]+)', ' \1 ', 'g');
  return btrim(regexp_replace(plain, ' +', ' ', 'g'));
end $$;

-- How many characters of a run of a script without blanks are a word: two in East Asia, three of the smaller alphabets of
-- Thai, Lao, Khmer and Burmese. null: a word as others. p_word is folded.
create function gram_size(p_word text) returns int
language sql immutable strict parallel safe
as $$
  select case when p_word < E'\u0e00' collate "C" then null
    when p_word ~ '^[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff]' then 3
    when p_word ~ '^[\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]'
      then 2
  end
$$;

-- The words that a text is found by. Of t-shirt: t, shirt and tshirt. Of 手机壳, in which no blank says where a word begins: 手机,
-- 机壳 and 壳. A word has 64 characters at most.
create function words_in(p_text text) returns text[]
language sql immutable strict parallel safe
as $$
  select coalesce(array_agg(distinct left(word, 64)) filter (where word <> ''), '{}')
  from (select chain, gram_size(chain) as size from unnest(string_to_array(folded(p_text), ' ')) as chain) as chains,
       unnest(case
         when size is not null then array(select substr(chain, at, size) from generate_series(1, char_length(chain)) as at)
         when position('-' in chain) > 0 then string_to_array(chain, '-') || replace(chain, '-', '')
         else array[chain]
       end) as word
$$;

-- The word by which a listing is found that has this value of an attribute, as it is written: a hash, since words are short.
create function attribute_word(p_name text, p_value text) returns text
language sql immutable strict parallel safe
as $$ select '=' || left(md5(p_name || chr(31) || p_value), 16) $$;

-- The words that a product is found by: those of name, SKU and description; those of name and SKU once more with a ^ before
-- them, by which searches put names before descriptions; and a word for each attribute.
create or replace function words_of(p products) returns tsvector
language sql immutable
as $$
  select array_to_tsvector(
    words_in(p.name || ' ' || p.sku || ' ' || p.description)
    || array(select '^' || word from unnest(words_in(p.name || ' ' || p.sku)) as word)
    || array(select attribute_word(key, value) from jsonb_each_text(p.attributes) where value is not null))
$$;

-- A name as lists sort it (with the collation und-x-icu): in lower case, from its first letter or digit on.
create function name_in_order(p_name text) returns text
language sql immutable strict parallel safe
as $$
  select case when plain = '' then p_name else plain end
  from (select regexp_replace(lower(p_name collate "und-x-icu"), '^[^[:alnum:]]+', '')) as begun (plain)
$$;

-- A new or changed product. As in 0014, with folded words.
create or replace function list_product() returns trigger language plpgsql as $$
declare
  words constant tsvector := words_of(new);
begin
  if new.status <> 'active' then
    delete from listings where product_id = new.id;
    return null;
  end if;
  if not exists (select from listings where product_id = new.id and search = words) then
    -- In their order, so that two products never wait crosswise for each other's new words.
    insert into listing_words
    select word from unnest(tsvector_to_array(words)) as word where word !~ '^[=^]' order by word collate "C"
    on conflict do nothing;
  end if;
  update listings set
    category_id = new.category_id,
    price = new.price,
    created_at = new.created_at,
    name = name_in_order(new.name),
    search = words
  where product_id = new.id;
  if not found then
    -- Whose stock is being moved has no listing yet that could be told of it: wait, and read it in the next statement.
    perform from inventory where product_id = new.id for share;
    insert into listings (product_id, category_id, price, created_at, name, in_stock, search)
    values (new.id, new.category_id, new.price, new.created_at, name_in_order(new.name),
            exists (select from inventory where product_id = new.id and quantity > 0), words);
  end if;
  return null;
end $$;

drop trigger products_listed_anew on products;

create trigger products_listed_anew
after update of sku, name, description, category_id, price, attributes, status, created_at on products for each row
when ((old.sku, old.name, old.description, old.category_id, old.price, old.attributes, old.status, old.created_at)
  is distinct from (new.sku, new.name, new.description, new.category_id, new.price, new.attributes, new.status, new.created_at))
execute function list_product();
